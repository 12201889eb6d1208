// gtest.h for tests that use torch themselves.
#pragma once

#include "core/model/base/torch.h"
#include "tests/support/gtest.h"
