// Package judge is lintel check, lintel init and lintel replay: they judge what a clone or a pull request holds, by the
// same reading of a repository.
//
// Callers may rely on: the report goes to Terminal.Out and notes go to Terminal.Err; an error says what is wrong,
// where, and what to do, and means that there is no answer; a false answer without an error is a refusal that has been
// explained.
package judge
