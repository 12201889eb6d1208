"""Safetensors by hand, for tests: nothing here is shared with the program, which reads what this writes."""
import json
import struct

import numpy as np

NAMES = {"u1": "U8", "i1": "I8", "u2": "U16", "i2": "I16", "i4": "I32", "i8": "I64", "f2": "F16", "f4": "F32"}


class Bf16:
    """float32 numbers to be stored as bfloat16, cut off: bits are their upper half."""

    def __init__(self, values):
        self.bits = (np.ascontiguousarray(values, "<f4").view("<u4") >> 16).astype("<u2")
        self.shape = self.bits.shape

    def values(self):
        return (self.bits.astype("<u4") << 16).view("<f4")


def safetensors(tensors):
    """bytes of {name: array or Bf16}"""
    head, blob = {}, b""
    for name, value in tensors.items():
        if isinstance(value, Bf16):
            dtype, data = "BF16", value.bits.tobytes()
        else:
            value = np.ascontiguousarray(value)
            dtype, data = NAMES[value.dtype.str[1:]], value.astype(value.dtype.newbyteorder("<")).tobytes()
        head[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + blob
