// Package app wires everything together: it is the only package that knows both wings, the policies and the terminal. Package cli calls it with what a
// command line says; each command is a function here. Its size: all wiring stands here in straight lines, so that no other package knows both wings.
//
// Callers may rely on: a function writes what was asked for to Terminal.Out and remarks to Terminal.Err; an error is not printed here but returned, says
// what is wrong, where, and what to do, and means that there is no answer; a false answer without an error is a refusal that has been explained.
package app
