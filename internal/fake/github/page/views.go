package page

import "time"

// Front lists what there is to see.
type Front struct {
	Repositories []Repository
	Requests     int
	Deliveries   int
}

// Repository is one repository and its pull requests, newest first.
type Repository struct {
	Name, Description, DefaultBranch string
	Private                          bool
	Pulls                            []Row
}

// Row is a pull request in a list.
type Row struct {
	Number                     int
	Title, Author, State, Path string // State is open, draft, merged or closed
	Check                      string // success, failure, pending or "" without checks
	Updated                    time.Time
}

// Pull is one pull request.
type Pull struct {
	Repository, Title, Body, Author string
	Number                          int
	State                           string
	Head, Base, HeadSHA             string
	Created                         time.Time
	Labels                          []string
	Commits                         []Commit
	Events                          []Event
	Runs                            []Run
	Merge                           Merge
	Files                           []File
	Added, Removed, FileCount       int
}

// Commit is a line of the commit list.
type Commit struct{ SHA, Title, Author string }

// Event is a comment or a review in the conversation.
type Event struct {
	Kind   string // comment, approved, changes, reviewed or dismissed
	Author string
	Bot    bool
	Body   string
	When   time.Time
	Edited bool
	ID     string // anchor
	Commit string
}

// Run is a check run.
type Run struct {
	ID                        int64
	Name, App, State, Details string // State is success, failure, neutral or pending
	Word                      string // the conclusion or status in words
	Title, Summary, Text      string
	Took                      string
	Required                  bool
	Actions                   []Action
	Notes                     []Note
	Old                       bool // replaced by a later run of the name
}

// Action is a button of a check run. The page shows it; pressing it takes the API.
type Action struct{ Label, Description string }

// Note is an annotation, or a review comment when By is set.
type Note struct {
	Level                string // failure, warning, notice or comment
	Path, Title, Message string
	Start, End           int
	Run, By              string
	Anchor               string // where the line is in the diff, "" if it is not part of it
	ID, Word             string // of a review comment: its own anchor, and how its thread stands
	Old                  bool   // on a line that the change deletes
	Answers              []Answer
}

// Answer is a comment in a thread that another began.
type Answer struct{ By, Message string }

// Merge is the box that says whether the pull request may go in.
type Merge struct {
	Word, Detail string
	Good         bool
	Pending      bool
	Required     []string
}

// File is one changed file of the diff.
type File struct {
	Path, OldPath, Status, Why string // Why says what is shown instead of a diff
	Anchor                     string
	Added, Removed             int
	Lines                      []Line
	Outside                    []Note // annotations on lines the diff does not show
}

// Line is one line of a diff.
type Line struct {
	Kind     string // add, del, ctx, hunk or end
	Old, New int    // 0 is none
	Text     string
	Anchor   string
	Notes    []Note
}

// Traffic is what was asked, and what was sent.
type Traffic struct {
	Total      int
	Counts     []Count
	Requests   []Request
	Deliveries []Delivery
}

// Count is how often a route was asked.
type Count struct {
	Method, Route string
	Count         int
}

// Request is one request.
type Request struct {
	Method, Path, Actor string
	Status              int
	Start               time.Time
	Took                time.Duration
}

// Delivery is one webhook delivery.
type Delivery struct {
	Event, Action, GUID, Status string
	Code                        int
	Failed, Again               bool
	At                          time.Time
	Took                        time.Duration
}
