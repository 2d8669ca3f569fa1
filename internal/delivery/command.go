package delivery

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
)

// Command is a line of a comment that asks Lintel for something, or that looks so and cannot be read (Problem). It is
// kept once, however often events tell of it.
type Command struct {
	Key     change.Key
	Place   chat.Place
	Comment int64
	// Line is the command in its one form, or the line that is none.
	Line    string
	Command chat.Command
	Problem *chat.Problem
	Actor   string
	// Thread is the forge's id of what it answers; empty for none. Plain is true when it names no command.
	Thread string
	Plain  bool
	// Bot is true when a program wrote it.
	Bot bool
	// Head is the head that the command was written on; empty when nobody knows.
	Head string
	// At is when it was written.
	At time.Time
}

// Answer is what became of a command.
type Answer struct {
	// Good is false when the command was not carried out.
	Good bool
	// Words are shown to people, in Markdown; empty when the deed speaks for itself.
	Words string
}

// Answerable is an inline comment of ours that people answer: the finding that it is about, and in Markdown what that
// rests on.
type Answerable struct{ Fingerprint, Rule, Why string }

// Answered is a command with its answer.
type Answered struct {
	Command
	Answer
}

// Reaction is what a comment with commands is answered by: its emoji.
type Reaction struct {
	Place   chat.Place
	Comment int64
	// Good is true when all that it asks for was done.
	Good bool
}
