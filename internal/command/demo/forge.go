package demo

import (
	"context"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// forge is what differs between the stories: where people and CI act, and what they see there.
type forge interface {
	kind() change.Forge
	props() props
	// open starts the fake forge in a folder and fills it; close ends it.
	open(dir string) error
	close() error
	// connect writes Lintel's secrets into a folder and the forge's address into the server's file.
	connect(dir string, c *config.Config) error
	// hooked tells the forge where the server takes deliveries.
	hooked(public string) error
	url() string
	token(login string) (string, error)
	// gate makes Lintel's verdict hold merges to main, and says how.
	gate() (told string, err error)

	propose(ctx context.Context, d *developer, branch, title string) (number int, err error)
	approve(ctx context.Context, d *developer, number int) error
	comment(ctx context.Context, d *developer, number int, body string) (id int64, err error)
	// merge merges; a refusal of the forge is a *refusal.
	merge(ctx context.Context, d *developer, number int) error

	// verdict is what the newest verdict on a head shows; nil while there is none.
	verdict(ctx context.Context, number int) (*verdict, error)
	// answer is what Lintel said to a command by wendy, and how it reacted; empty before.
	answer(ctx context.Context, number int, id int64, line string) (words, reaction string, err error)
	// written are the comments on a change and those at its lines.
	written(ctx context.Context, number int) (comments, remarks []remark, err error)
	// delivered is the newest delivery about a change before a moment, and when.
	delivered(done time.Time) (event string, at time.Time)

	// tested ends the job of CI that nothing waits for; job is the one that measures the tests.
	tested(ctx context.Context, number int) error
	job(ctx context.Context, d *developer, number int, server string) (job, error)
	// reviewers is where people see a change without Lintel; empty where the fake forge shows no pages.
	reviewers(number int) string
}

// props are the words and files of a story.
type props struct {
	// host and title say what plays.
	host, title string
	// settings, ci and owners are where the forge wants them; ciBefore and ciAfter are the description of the pipeline before
	// and in the bad change, owned the owners.
	settings, ci, ciBefore, ciAfter, owners string
	// begun is true where the repository has a commit from the start.
	begun bool
	// mail is the domain of people's addresses.
	mail string
	// key is a token of the forge's form that never was one.
	key string
	// proof is how a delivery shows whose it is.
	proof string
	// good and confused are the reactions to a command.
	good, confused string
	// requests is the page that shows what Lintel asked for; empty where there is none.
	requests string
}

// verdict is one verdict as people see it.
type verdict struct {
	head, title, text, page string
	// remarks are what it says beside the code and refuses nothing for.
	remarks    []string
	done, pass bool
	at         time.Time
}

// remark is a comment, or one at lines.
type remark struct {
	body, path  string
	start, line int
}

var suggestion = lazyregexp.New("(?s)```suggestion(?::-\\d+\\+\\d+)?\n(.*?)```")

// suggested are the lines that a comment suggests.
func (r remark) suggested() (lines string, ok bool) {
	m := suggestion.FindStringSubmatch(r.body)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// job is one job of CI.
type job struct {
	// head is what it measures.
	head        string
	environment map[string]string
	finish      func() error
}

// put writes what the story says in the forge's words.
func (s *stage) put(format string) string { return s.forge.kind().Words().Say(format) }

// named names a change as the forge does.
func (s *stage) named() string {
	w := s.forge.kind().Words()
	return w.Change + " " + w.Sigil
}

// reasons takes what a verdict's text tells a person to do, without the Markdown.
func reasons(text string) []string {
	_, rest, _ := strings.Cut(text, "### What ")       // the author's part, or that of reviewers
	list, _, _ := strings.Cut("### What "+rest, "\n|") // the table of families
	var lines []string
	for _, l := range strings.Split(list, "\n") {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "<sub>") || strings.HasPrefix(l, "### ") {
			continue
		}
		if l = strings.NewReplacer("**", "", "*Fix:*", "Fix:", "<br>", " ", "`", "", `\`, "").Replace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}
