// Package flow is the life of a change as events, and the facts that follow from them: when it waited, for whom,
// and for how long. It does no I/O and reads no clock.
//
// Callers may rely on:
//   - the same happening has the same key, whether a webhook or a back-fill told of it;
//   - facts are a pure function of a change's events: their order and their repetition change nothing;
//   - the stages of a merged change add up to its cycle, to the second;
//   - what is not known is nil, never 0.
package flow
