# A third answer to every test of a mean, in base R, which is not needed to run the tests:
#   Rscript battery.R   (in this folder; reads battery-returns.csv, writes battery-answers.csv)
# The returns are made up: three series that move together, nine pairs of event and series, constant-mean model,
# estimation -41:-2, window 0:1 of the span -1:2, some returns missing, two events a day apart.

first <- 0; last <- 1; begin <- -1
data <- read.csv("battery-returns.csv", colClasses = c(day = "Date", session = "Date"))
pairs <- split(data, data$pair)
n <- last - first + 1
N <- length(pairs)

fits <- lapply(pairs, function(p) {
  past <- p[p$tau < begin, ]
  model <- lm(return ~ 1, data = past, na.action = na.exclude)
  s <- summary(model)$sigma
  span <- p[p$tau >= begin, ]
  ar <- span$return - coef(model)[[1]]
  inside <- span$tau >= first & span$tau <= last
  M <- sum(!is.na(past$return))
  car <- sum(ar[inside])
  list(car = car, scar = car / (s * sqrt(n + n^2 / M)), s = s, df = df.residual(model),
       residual = past$return - coef(model)[[1]],                       # as ar, so that equal returns stay ties
       past = past$day, ar = ar, inside = inside, days = span$day[inside], series = p$series[1], phase = p$phase[1],
       session = p$session[1])
})
get <- function(name) sapply(fits, function(f) f[[name]])
car <- get("car"); scar <- get("scar"); df <- get("df"); s <- get("s")
series <- get("series"); phase <- get("phase"); session <- get("session")
residual <- sapply(fits, function(f) f$residual)                       # sessions x pairs
span <- sapply(fits, function(f) f$ar)

t_of <- function(x) unname(t.test(x)$statistic)
mean_by <- function(x, by) tapply(x, by, mean)

# Hall
m <- mean(car); v <- sd(car); S <- m / v
gamma <- N / ((N - 1) * (N - 2)) * sum(((car - m) / v)^3)
hall <- sqrt(N) * (S + gamma * S^2 / 3 + gamma^2 * S^3 / 27 + gamma / (6 * N))

# the average residual
aar <- rowMeans(residual, na.rm = TRUE)
crude <- mean(car) / (sqrt(n) * sd(aar))

# mean correlation, residuals aligned by date
calendar <- seq(min(data$day), max(data$day), by = 1)
aligned <- sapply(fits, function(f) f$residual[match(calendar, f$past)])
rho <- suppressWarnings(cor(aligned, use = "pairwise.complete.obs"))
common <- crossprod(!is.na(aligned))
shared <- outer(1:N, 1:N, Vectorize(function(i, j) length(intersect(fits[[i]]$days, fits[[j]]$days)))) / n
other <- outer(series, series, "!=") & upper.tri(rho) & shared > 0
known <- other & common >= 30
r <- max(mean((shared * rho)[known]) * sum(other) / choose(N, 2), 0)

patell <- sum(scar) / sqrt(sum(df / (df - 2)))
bmp <- t_of(scar)

# signs
share <- mean(colMeans(residual > 0, na.rm = TRUE))
cowan <- (sum(car > 0) - N * share) / sqrt(N * share * (1 - share))

# Corrado and Zivney
both <- rbind(residual, span)
K <- apply(both, 2, function(x) rank(x, na.last = "keep") / (1 + sum(!is.na(x))))
U <- K - 0.5
value <- rowSums(U, na.rm = TRUE) / sqrt(rowSums(!is.na(U)))
inside <- c(rep(FALSE, nrow(residual)), fits[[1]]$inside)
corrado <- sum(value[inside]) / (sqrt(mean(value^2)) * sqrt(n))

# Kolari and Pynnonen
G <- rbind(sweep(residual, 2, s, "/"), scar / sd(scar))
U <- apply(G, 2, function(x) rank(x, na.last = "keep") / (sum(!is.na(x)) + 1) - 0.5)
bar <- rowMeans(U, na.rm = TRUE)
T <- length(bar)
Z <- bar[T] / sqrt(mean(rowSums(!is.na(U)) / N * bar^2))
grank_t <- Z * sqrt((T - 2) / (T - 1 - Z^2))
sizes <- colSums(!is.na(U))
grank_z <- bar[T] / sqrt(sum((sizes - 1) / (12 * (sizes + 1))) / N^2)

# dates' signs turned
sums <- tapply(car, as.character(session), sum)
turns <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(sums))))
wild <- mean(abs(turns %*% sums) >= abs(sum(sums)) * (1 - 1e-12))

# the calendar-time portfolio
days <- sort(unique(do.call(c, lapply(fits, function(f) f$days))))
standardised <- sapply(seq_along(days), function(k) {
  held <- which(sapply(fits, function(f) days[k] %in% f$days))
  today <- mean(sapply(held, function(i) fits[[i]]$ar[fits[[i]]$inside][fits[[i]]$days == days[k]]))
  past <- rowMeans(aligned[, held, drop = FALSE])                        # NA where one of them has none
  if (sum(!is.na(past)) < 30) NA else today / sd(past, na.rm = TRUE)
})

answers <- c(
  cross_section_t = t_of(car), date_clustered_t = t_of(mean_by(car, as.character(session))),
  crude_dependence_t = crude, patell_z = patell, adjusted_patell_z = patell / sqrt(1 + (N - 1) * r), bmp_t = bmp,
  adjusted_bmp_t = bmp * sqrt((1 - r) / (1 + (N - 1) * r)), skewness_adjusted_t = hall,
  sign_z = (sum(car > 0) - N / 2) / (sqrt(N) / 2), generalized_sign_z = cowan,
  wilcoxon = unname(wilcox.test(car)$statistic), rank_z = corrado, grank_t = unname(grank_t), grank_z = unname(grank_z),
  bootstrap = mean(car), ibragimov_mueller_t = t_of(mean_by(car, phase)),
  calendar_time_t = sum(standardised, na.rm = TRUE) / sqrt(sum(!is.na(standardised)))
)
p <- c(
  cross_section_t = t.test(car)$p.value, date_clustered_t = t.test(mean_by(car, as.character(session)))$p.value,
  bmp_t = t.test(scar)$p.value, sign_z = binom.test(sum(car > 0), N)$p.value, wilcoxon = wilcox.test(car)$p.value,
  bootstrap = wild, ibragimov_mueller_t = t.test(mean_by(car, phase))$p.value,
  patell_z = 2 * pnorm(-abs(patell)), grank_t = 2 * pt(-abs(unname(grank_t)), T - 2)
)
written <- data.frame(test = names(answers), statistic = sprintf("%.15g", answers),
                      p_value = ifelse(names(answers) %in% names(p), sprintf("%.15g", p[names(answers)]), ""))
write.csv(written, "battery-answers.csv", row.names = FALSE, quote = FALSE)
