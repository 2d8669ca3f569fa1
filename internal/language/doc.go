// Package language says what kind of file a path is, to count the size of a change: generated, vendored, lock, snapshot, binary or source.
// It is the only door to go-enry, and reads .gitattributes and gitignore patterns as git does.
//
// It must never be used to leave a file out of a security rule: names and headers are the author's to choose.
// Everything is pure and bounded: no pattern takes more than linear time.
package language
