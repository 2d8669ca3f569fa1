// Package language says what kind of file a path is, to count the size of a change: generated, vendored, lock,
// snapshot, binary or source. It holds linguist's facts of vendored and generated files in tables of its own, and reads
// .gitattributes and gitignore patterns as git does.
//
// It must never be used to leave a file out of a security rule: names and headers are the author's to choose.
// Everything is pure and bounded: no pattern takes more than linear time.
package language
