// The one way torch enters the engine; precompiled, since parsing it costs seconds a file.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/generated/variable_factories.h>
#include <torch/custom_class.h>
#include <torch/types.h>
