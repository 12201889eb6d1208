// Switchyard's own controls, all of them: thin over Dear ImGui, drawn in our style. Each registers its label
// (registry.h) so that tests click by name. Labels follow ImGui's "##" rule for identity.
//
// Thread safety: window thread only.
#pragma once

#include "app/ui/buttons.h"
#include "app/ui/choices.h"
#include "app/ui/focus.h"
#include "app/ui/icons.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/slider.h"
#include "app/ui/text_field.h"
#include "app/ui/tooltip.h"
