// Package floor is the floor plan of ARCHITECTURE.md as a test: which package may import which, what pure code may not
// touch, where each third-party module lives, and how large things may grow. It has no code of its own; plan_test.go is
// the table to edit when a package is added, budgets_test.go holds the numbers of the packages that are larger than
// others may be.
//
// Readers may rely on: every package of ours has a line; each law has a negative test on a planted tree, so it has been
// seen to fail; the laws only parse, so they run in seconds and need neither a compiler nor the network.
package floor
