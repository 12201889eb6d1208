// What memory is taken from. Activations and gradients come and go with every step; given back to the system each
// time, they return as fresh pages to be cleared one fault after another: a third of the time of a layer of many
// small experts. So freed memory is kept, and given back when a model is gone.
//
// The allocator is jemalloc (J. Evans, "A scalable concurrent malloc(3) implementation for FreeBSD", 2006), with
// an arena for each thread. In glibc's only one that keeps large blocks all threads share a lock, and a window
// that crashes inside it, as it does where it finds memory damaged, would keep the trainer from writing its last
// steps. Without jemalloc (sanitizers bring their own allocator; a build without the window need not have it) it
// is glibc's.
#pragma once

#include <string>

namespace switchyard {

// Before any other thread exists, by the one that will be the window's: it gets an arena that nobody else takes
// from.
void prepare_allocator();

// Gives back what no thread uses. Any thread; costs about a millisecond for 10 MB.
void return_unused_memory();

// Whose it is: "jemalloc 5.3.0", "the system's".
std::string allocator_name();

}  // namespace switchyard
