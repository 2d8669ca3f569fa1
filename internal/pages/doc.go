// Package pages holds the texts for people, and the files that deploy Lintel, to what the program does: links, names of
// files and tests, permissions, ports, folders. It has no code of its own.
package pages
