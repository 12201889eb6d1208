// gtest.h for tests that use torch themselves.
#pragma once

#include "core/model/torch.h"
#include "tests/support/gtest.h"
