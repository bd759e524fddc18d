"""Depth: what few units in many layers compute, and one layer cannot.

    bits  0 or 1, one number's along the last axis      d  how many bits
    x     input from 0 to 1                             k  layers
"""
import numpy as np


def parity_terms(d):
    """The AND terms of parity, written as one OR of ANDs.

        parity = 1 where an odd number of bits is 1

    Each term names all d bits: leave one out, and the term is true for an
    even number too. So no two terms merge, and none can be spared.

    d : int, 1 .. 20
    returns terms : (2**(d - 1), d) int, the bits that each term wants

    Error: none. ValueError: d no integer from 1 to 20.
    Source: Wegener 1987, The Complexity of Boolean Functions, Wiley
    """
    if d != int(d) or not 1 <= d <= 20:
        raise ValueError(f"d must be an integer from 1 to 20, got {d}")
    bits = np.arange(2**d)[:, None] >> np.arange(d) & 1      # (2**d, d)
    return bits[bits.sum(axis=1) % 2 == 1]


def xor_tree(bits):
    """Parity by XOR gates in pairs, and the pairs' results in pairs.

        layer by layer: a XOR b of neighbours; what is left over waits

    bits : (..., d) int
    returns parity, gates, layers : (...) int, and two counts: d - 1 gates,
        ln d / ln 2 layers, rounded up

    Error: none. ValueError: bits empty, or not 0 and 1.
    Source: Wegener 1987, The Complexity of Boolean Functions, Wiley
    """
    a, gates, layers = _bits(bits), 0, 0
    while a.shape[-1] > 1:
        pairs = a.shape[-1] // 2
        xor = a[..., 0:2 * pairs:2] ^ a[..., 1:2 * pairs:2]
        a = np.concatenate([xor, a[..., 2 * pairs:]], axis=-1)
        gates, layers = gates + pairs, layers + 1
    return a[..., 0], gates, layers


def parity_by_thresholds(bits):
    """Parity by one hidden layer of d threshold units.

        h_i = [sum of bits >= i],  i = 1 .. d
        parity = h_1 - h_2 + h_3 - ...

    bits : (..., d) int
    returns parity : (...) int

    Error: none. ValueError: bits empty, or not 0 and 1.
    Source: Rumelhart, Hinton & Williams 1986, in Parallel Distributed
    Processing 1, MIT Press, chapter 8, on parity
    """
    bits = _bits(bits)
    i = np.arange(1, bits.shape[-1] + 1)
    h = (bits.sum(axis=-1)[..., None] >= i).astype(int)      # (..., d)
    return h @ (-1) ** (i + 1)


def tent_map(x, k):
    """Fold the interval 0 .. 1 k times: k layers of two ReLUs.

        t(x) = 2 max(x, 0) - 4 max(x - 1/2, 0),  applied k times

    x : any shape, 0 .. 1;  k : int >= 0
    returns y : shape of x, 0 .. 1;  2**k straight pieces, up and down

    Error: none at multiples of 2**-52; elsewhere rounding, doubled by each
    fold. ValueError: x not in 0 .. 1, k no integer >= 0.
    Source: Telgarsky 2016, arXiv:1602.04485, section 3
    """
    y = np.asarray(x, dtype=float)
    if not np.all((y >= 0) & (y <= 1)):
        raise ValueError(f"x must be from 0 to 1, got {x}")
    if k != int(k) or k < 0:
        raise ValueError(f"k must be an integer >= 0, got {k}")
    for _ in range(k):
        y = 2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)
    return y


def linear_pieces(y):
    """Count the straight pieces of a curve, given at equal distances.

        pieces = 1 + how often the slope changes

    y : (N,), N >= 2; kinks must lie on the points
    returns pieces : int

    Error: a change of slope below 1e-9 of the largest is not seen.
    ValueError: y not (N,), shorter than 2, not finite.
    Source: Montufar et al. 2014, arXiv:1402.1869, who count regions
    """
    y = np.asarray(y, dtype=float)
    if y.ndim != 1 or len(y) < 2 or not np.all(np.isfinite(y)):
        raise ValueError(f"y must be (N,), N >= 2, finite, got {y}")
    slope = np.diff(y)
    return 1 + int(np.sum(np.abs(np.diff(slope))
                          > 1e-9 * np.abs(slope).max()))


def _bits(bits):
    """Bits as integers, or a ValueError."""
    b = np.asarray(bits)
    if b.ndim == 0 or b.size == 0 or not np.all((b == 0) | (b == 1)):
        raise ValueError(f"bits must be 0 or 1, at least one, got {bits}")
    return b.astype(int)


if __name__ == "__main__":
    print("Parity of d bits: how many parts?")
    print("   d   OR of ANDs   XOR gates   layers   threshold units")
    for d in (2, 4, 8, 16):
        bits = parity_terms(d)                   # all with parity 1
        parity, gates, layers = xor_tree(bits)
        assert np.all(parity == 1)
        assert np.all(parity_by_thresholds(bits) == 1)
        print(f"  {d:2d}   {len(bits):10d}   {gates:9d}   {layers:6d}"
              f"   {d:15d}")

    print("Tent map: k layers of two ReLUs, beside one layer")
    print("   k   units   pieces   one layer needs at least")
    for k in (1, 2, 4, 8):
        x = np.linspace(0, 1, 2 ** (k + 2) + 1)
        pieces = linear_pieces(tent_map(x, k))
        print(f"  {k:2d}   {2 * k:5d}   {pieces:6d}   {pieces - 1:8d}")
