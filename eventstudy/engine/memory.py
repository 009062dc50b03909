"""Memory that is used again instead of being got anew."""

import numpy as np

#: Just under 32 MiB, the largest block that glibc takes from memory it keeps.
_LARGEST_KEPT = (1 << 22) - (1 << 10)


def keep_freed_memory() -> None:
    """Make the C library keep freed arrays below 32 MiB at hand.

    glibc gives each large array back to the kernel and gets its pages anew for the next one, which costs several times
    what the arithmetic on it does. It stops doing so for sizes below the largest one it has seen given back; so one
    array of that size is asked for, not touched, and given back. Elsewhere this does nothing.
    """
    np.empty(_LARGEST_KEPT)
