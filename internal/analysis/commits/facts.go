// Package commits reads the commits and the title of a change: Conventional Commits 1.0.0, sign-offs, tickets,
// unfinished work, hidden characters. Analyse is pure: equal snapshots and settings give equal facts, no clock, no I/O.
// It says what is wrong and where; the policies say what that means.
//
// Callers may rely on: every slice is non-nil and in the order of the commits; every text is bounded, is valid UTF-8 and has its invisible
// characters spelled out as <U+202E>; a message is read up to MaxMessage bytes, and a longer one is named in Facts.Unread.
//
// Its size: a header is read in six styles, and reading, judging and proposing one share its parser and one list of what each rule found.
package commits

// maxMessage is how many bytes of one commit message are read.
const maxMessage = 1 << 20

// maxSame is how many commits with the same problem are listed one by one; one more entry (Where "more") counts the rest.
const maxSame = 20

// maxList bounds Summaries and Skipped.
const maxList = 1000

// Facts is what the commits family knows of a change, input.commits of the policies.
type Facts struct {
	// Judged is whose headers must be right: "commits", "title", "both", or "none" when only the title counts and it is not known.
	Judged string `json:"judged"`
	// Because is the reason of Judged as the end of a sentence: "squash is the only way to merge and takes the title".
	Because string `json:"because"`
	// LandingKnown is false when nobody said how the repository merges; then Judged is what may become history, and
	// nothing is claimed of it.
	LandingKnown bool `json:"landing_known"`
	// Style is the style that headers are held to, never "auto"; StyleBecause the reason as the end of a sentence;
	// Habits the defaults that gave way to what the repository does; Types the types that a header may have (empty:
	// any).
	Style        string   `json:"style"`
	StyleBecause string   `json:"style_because"`
	Habits       []Habit  `json:"habits"`
	Types        []string `json:"types"`
	// History is what the base's recent commits say of its style.
	History Style `json:"history"`
	// TitleWanted is true when the title is to be judged; TitleKnown false then means that it could not be.
	TitleWanted bool `json:"title_wanted"`
	TitleKnown  bool `json:"title_known"`
	// Total is how many commits the change has, Listed how many could be read, Complete that these are all of them.
	Total    int  `json:"total"`
	Listed   int  `json:"listed"`
	Complete bool `json:"complete"`
	// CommitsNeeded is true when some rule reads every commit message; when false an incomplete list changes no verdict
	// but that of commits/invisible.
	CommitsNeeded bool `json:"commits_needed"`
	// Unread names what is missing when commits are needed: the list, or a message that is too long.
	Unread []Problem `json:"unread"`
	// TicketAbstains is true when no commit names a ticket and the title, which might, is not known.
	TicketAbstains bool `json:"ticket_abstains"`
	// Tickets are the tickets named, each once, sorted.
	Tickets []string `json:"tickets"`
	// Breaking is true when any commit that is read declares a breaking change.
	Breaking bool `json:"breaking"`
	// Summaries are the commits, oldest first, at most 1,000; SummariesMore counts the rest.
	Summaries     []Summary `json:"summaries"`
	SummariesMore int       `json:"summaries_more"`
	// Skipped are the commits (and the title) that rules left out, with the reason, at most 1,000; SkippedMore counts the rest.
	Skipped     []Skip `json:"skipped"`
	SkippedMore int    `json:"skipped_more"`
	// Problems are what is wrong, by rule.
	Problems Problems `json:"problems"`
}

// Summary is one commit as the parser understood it.
type Summary struct {
	SHA    string `json:"sha"`
	Header string `json:"header"`
	// Type, Scope and Breaking are empty when the header is not conventional; Breaking also reads the footers.
	Type     string `json:"type"`
	Scope    string `json:"scope"`
	Breaking bool   `json:"breaking"`
	// Footers are the tokens of the footers as written, each once, at most 20.
	Footers []string `json:"footers"`
}

// Skip is a commit that rules left out.
type Skip struct {
	// SHA is empty for the title.
	SHA    string `json:"sha"`
	Header string `json:"header"`
	// Reason is "merge" (more than one parent), "bot", "ignored_author", or "revert": a header and a line as git and the forge write them.
	Reason string `json:"reason"`
	// Rules is "all" (but commits/invisible), or "headers": the header, body and ticket rules alone, so that a sign-off is still asked for.
	Rules string `json:"rules"`
}

// Problems holds one list for each rule.
type Problems struct {
	// Header, for commits; Title, for the title: kinds "empty", "leading_space", "no_type", "no_colon", "no_space",
	// "space_before", "two_spaces", "empty_scope", "scope_form", "bang_before_scope", "empty_subject", "emoji",
	// "wide_colon", "bad_type"; in other styles "no_component", "component_space", "no_emoji", "no_ticket",
	// "ticket_case", "other_project", "no_match".
	Header []Problem `json:"header"`
	Title  []Problem `json:"title"`
	// Type: "unknown", "case". Want is the nearest allowed type or empty.
	Type []Problem `json:"type"`
	// Scope: "missing", "unknown", "padded".
	Scope []Problem `json:"scope"`
	// Subject: "full_stop".
	Subject []Problem `json:"subject"`
	// SubjectCase: "sentence", "start", "pascal", "upper"; Got is the word by which it was told, Want the subject's
	// beginning as it should be.
	SubjectCase []Problem `json:"subject_case"`
	// HeaderLength: "length"; Count characters of at most Limit.
	HeaderLength []Problem `json:"header_length"`
	// Body: "body_glued", "footer_glued", "breaking_form", "body_line", "footer_line"; Line is the first line it is about,
	// Count the number of lines (of the two length kinds), Limit the most characters.
	Body []Problem `json:"body"`
	// Unfinished: "fixup", "wip", "draft"; Got is the marker as written.
	Unfinished []Problem `json:"unfinished"`
	// SignOff: "missing", "mismatch", "name" (the e-mail fits), "address" (the name fits), "email". Got is what was
	// found, Want the sign-off that is wanted.
	SignOff []Problem `json:"sign_off"`
	// Ticket: "title", "commit", "any". Got is a ticket written in the wrong case, if any.
	Ticket []Problem `json:"ticket"`
	// Invisible: "bidi", "zero_width", "control", "encoding". Got is the first such character, Line its line of the message.
	Invisible []Problem `json:"invisible"`
}

// Problem is one thing that is wrong with one commit or with the title.
type Problem struct {
	// Where is "commit", "title", "change" (no single one), or "more": then Count more commits have a problem of this Kind.
	Where string `json:"where"`
	// SHA is the commit; empty for the title. Last is true for the newest commit, which can be amended without a rebase.
	SHA  string `json:"sha"`
	Last bool   `json:"last"`
	// Header is the commit's first line or the title, cut to 72 characters.
	Header string `json:"header"`
	Kind   string `json:"kind"`
	// Got is what is there and Want what should be, where there is something exact to say.
	Got  string `json:"got"`
	Want string `json:"want"`
	// Line is a line of the message from 1, or 0.
	Line  int `json:"line"`
	Count int `json:"count"`
	Limit int `json:"limit"`
}
