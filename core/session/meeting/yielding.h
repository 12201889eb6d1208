// Who computes beside a window yields to it. Thread safety: of the calling thread.
#pragma once

namespace switchyard {

// Whoever looks is answered first: of cores that both want the window's thread gets nine parts of ten, and what
// computes the rest, which is nearly all as long as nobody points. Threads that this one starts take it over.
void yield_to_the_window();
// What nobody waits for, as a pass over a file that is larger than memory: it yields to what learns, too.
void yield_to_all();

}  // namespace switchyard
