"""Orders in which epochs read their examples, computed apart from the program: python make_orders.py > orders.txt

Philox4x32-10 (Salmon et al. 2011), keyed by the seed, counter (block, stream); Fisher and Yates' shuffle from the end.
Columns: examples, seed, epoch, then the order.
"""

MASK = 0xFFFFFFFF
ORDER_STREAM = int.from_bytes(b"orde", "big") << 32


def philox(counter, key):
    x, (k0, k1) = list(counter), key
    for _ in range(10):
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(b >> 32) ^ x[1] ^ k0, b & MASK, (a >> 32) ^ x[3] ^ k1, a & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return x


def order(examples, seed, epoch):
    stream = ORDER_STREAM | epoch
    places = list(range(examples))
    for i in range(examples - 1, 0, -1):
        words = philox((i & MASK, i >> 32, stream & MASK, stream >> 32), (seed & MASK, seed >> 32))
        other = ((words[0] << 32 | words[1]) * (i + 1)) >> 64
        places[i], places[other] = places[other], places[i]
    return places


for examples, seed, epoch in ((1, 0, 0), (2, 3, 1), (8, 0, 0), (8, 0, 1), (8, 1, 0), (50, 2**40 + 7, 3), (300, 20, 19)):
    print(examples, seed, epoch, *order(examples, seed, epoch))
