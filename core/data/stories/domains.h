// One writer a domain: each returns a short document, without a newline at its end.
#pragma once

#include <string>

#include "core/data/stories/teller.h"

namespace switchyard::stories {

std::string write_narrative(Teller teller);   // narrative.cpp
std::string write_dialogue(Teller teller);    // dialogue.cpp
std::string write_arithmetic(Teller teller);  // arithmetic.cpp
std::string write_list(Teller teller);        // lists.cpp
std::string write_code(Teller teller);        // code.cpp

}  // namespace switchyard::stories
