(() => {
  const tip = document.querySelector("#tip");
  let pinned = null, reached = null; // what stays said, and what the keyboard has come to

  // --- figures handed out: CSV to a file, the same with tabs to the clipboard, a chart as a picture -----------------
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rowsOf = (box) => {
    const chart = box.querySelector("pre.csv");
    if (chart) return chart.textContent.trim().split("\n").map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)
      .slice(0, 5).map((cell) => cell.replace(/,$/, "").replace(/^"(.*)"$/s, "$1").replaceAll('""', '"')));
    return [...box.querySelectorAll("tr")].filter((row) => !row.hidden).map((row) => [...row.cells].map((cell) => {
      const key = cell.dataset.key ?? cell.textContent.trim();
      return key === "nan" ? "" : key;
    }));
  };
  const save = (name, href) => {
    const link = document.createElement("a");
    Object.assign(link, { download: name, href });
    link.click();
  };
  const picture = async (svg, name) => {
    const copy = svg.cloneNode(true);
    const css = getComputedStyle(document.documentElement);
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const text = new XMLSerializer().serializeToString(copy)
      .replace(/var\((--[\w-]+)\)/g, (_, colour) => css.getPropertyValue(colour).trim());
    const image = new Image(width * 2, height * 2);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.replace("<svg", `<svg width="${width}" height="${height}"`))}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    save(`${name}.png`, canvas.toDataURL("image/png"));
  };
  for (const box of document.querySelectorAll(".table, figure.chart")) {
    const name = box.id.replace(/-box$/, "");
    const said = box.querySelector("caption, .picture");
    const what = said.getAttribute("aria-label") ?? said.textContent;
    const bar = document.createElement("p");
    bar.className = "tools";
    const add = (word, about, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      button.setAttribute("aria-label", `${word}: ${about} ${what}`);
      button.addEventListener("click", () => act(button));
      bar.append(button);
    };
    add("CSV", "download the figures of", () => {
      const text = rowsOf(box).map((row) => row.map(quoted).join(",")).join("\n");
      save(`${name}.csv`, URL.createObjectURL(new Blob([`\ufeff${text}\n`], { type: "text/csv" })));
    });
    add("copy", "copy the figures of", async (button) => {
      const text = rowsOf(box).map((row) => row.join("\t")).join("\n");
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    const svg = box.querySelector("svg");
    if (svg) add("PNG", "download the picture", () => picture(svg, name));
    box.prepend(bar);
  }

  // --- a point says what it is: by the pointer, or by the arrow keys; Enter or a click pins it, Escape lets go --------
  const show = (point, x, y) => {
    tip.textContent = point.dataset.tip;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? Math.max(8, y - box.height - 12) : y + 18}px`;
    for (const other of document.querySelectorAll(".on")) other.classList.remove("on");
    point.classList.add("on");
  };
  const hide = () => {
    if (pinned) return;
    reached = null;
    tip.hidden = true;
    for (const other of document.querySelectorAll(".on")) other.classList.remove("on");
  };
  const middle = (point) => {
    const box = point.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const pin = (point) => {
    pinned = pinned === point ? null : point;
    tip.classList.toggle("pinned", Boolean(pinned));
    if (pinned) show(pinned, ...middle(pinned));
    else hide();
  };
  for (const box of document.querySelectorAll(".picture, .scroll")) {
    const points = [...box.querySelectorAll("circle:has(> title), td[title]")];
    if (!points.length) continue;
    for (const point of points) {
      const title = point.querySelector(":scope > title");
      point.dataset.tip = title ? title.textContent : point.title;
      if (title) title.remove();
      else point.removeAttribute("title");
    }
    if (points[0].tagName !== "TD") points.sort((a, b) => Number(a.getAttribute("cx")) - Number(b.getAttribute("cx")));
    const near = (event) => {
      let best = null, least = 22;
      if (box.className === "scroll") return event.target.closest("td[data-tip]");
      for (const point of points) {
        if (point.classList.contains("off")) continue;
        const [x, y] = middle(point);
        const far = Math.hypot(event.clientX - x, event.clientY - y);
        if (far < least) [best, least] = [point, far];
      }
      return best;
    };
    box.addEventListener("pointermove", (event) => {
      if (pinned) return;
      const point = near(event);
      reached = null;
      if (point) show(point, event.clientX, event.clientY);
      else hide();
    });
    box.addEventListener("pointerleave", hide);
    box.addEventListener("click", (event) => {
      const point = near(event);
      if (point || pinned) pin(point ?? pinned);
    });
    let at = -1;
    box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      const shown = points.filter((point) => !point.classList.contains("off") && !point.closest("[hidden]"));
      if (event.key === "Enter" && shown[at] && event.target === box) pin(shown[at]);
      else if (step && event.target === box && shown.length) {
        at = Math.max(0, Math.min(shown.length - 1, step === -Infinity ? 0 : step === Infinity ? shown.length - 1 : at + step));
        pinned = null;
        tip.classList.remove("pinned");
        shown[at].scrollIntoView({ block: "nearest", inline: "nearest" });
        reached = shown[at];
        show(reached, ...middle(reached));
      } else return;
      event.preventDefault();
    });
    box.addEventListener("blur", () => { hide(); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pinned = null;
    tip.classList.remove("pinned");
    hide();
  });
  addEventListener("scroll", () => {
    const point = pinned ?? reached;
    if (point) show(point, ...middle(point));
    else hide();
  }, { passive: true, capture: true });

  // --- one stance alone, in every chart and in the table of events ----------------------------------------------------
  const shown = [...document.querySelectorAll("svg, #events-table")].map((box) => [...box.querySelectorAll("[data-label]")]);
  const groups = [...new Set(shown.flat().map((element) => element.dataset.label))].filter(Boolean);
  const place = document.querySelector("#filter");
  if (place && groups.length > 1) {
    place.append("Show: ");
    for (const group of ["all", ...groups]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = group;
      button.setAttribute("aria-pressed", String(group === "all"));
      button.addEventListener("click", () => {
        for (const other of place.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
        for (const marked of shown) {
          const has = marked.some((element) => element.dataset.label === group); // else it is left as it is
          for (const element of marked) {
            const off = has && element.dataset.label !== group;
            if (element.tagName === "TR") element.hidden = off;
            else element.classList.toggle("off", off);
          }
        }
      });
      place.append(button);
    }
  }
})();
