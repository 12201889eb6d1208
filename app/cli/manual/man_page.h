// switchyard(1): the manual page as man(7) text, made from the tables it tells of, as completion is.
//
// Thread safety: a pure function.
#pragma once

#include <string>

#include "app/cli/manual/completion.h"

namespace switchyard::app {

std::string man_page(const CompletionTables& tables);

}  // namespace switchyard::app
