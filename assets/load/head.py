#!/usr/bin/env python3
"""The model in model.safetensors beside this file, in plain PyTorch: it needs python3 (3.9 or later) and torch, nothing else.

    python3 load.py                               what it is
    python3 load.py --text "Once upon a time"     where each character goes, and what may follow; --json: every number  #if task=language
    python3 load.py --generate 200 --prompt "A"   what it writes                                                        #if task=language
    python3 load.py --points="0.5,-1 0.2,0.3"     where each point goes, and its class; --json: every number            #if task=clusters

    import load
    model = load.load()                           # an nn.Module, in evaluation
    logits = model(load.encode(model, "Once"))    # [1, T, V]         #if task=language
    logits = model(load.encode(model, "0.5,-1"))  # [T, C]            #if task=clusters

Switchyard wrote it for this very configuration, and writes it anew with the weights: what you change, change in a copy.
It computes what `switchyard route` tells, as in evaluation: no noise, no dropout. B sequences of T positions.  #if task=language
It computes what the program does in evaluation: no noise, no dropout. The T points of a pass are one sequence, B = 1.  #if task=clusters
"""
import argparse
import json
import math  #if task=language or drops or gate=expert-choice
import pathlib
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F
