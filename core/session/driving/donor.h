// An expert of another model, read from its files for a transplant. Thread safety: pure functions of the file
// system.
#pragma once

#include "core/base/result.h"
#include "core/operate/operation.h"

namespace switchyard {

// Of a transplant whose `source` is as find_resume_point() takes it (core/record/reading/resume_point.h): its
// donor, that expert's tensors and its rows of the router. `source` is the very file then and `checksum` the
// donor's, so that the same line means the same expert again. usage: there is no such model, layer or expert, or
// not the one that `checksum` is of.
Result<void> read_donor(Operation& operation);

}  // namespace switchyard
