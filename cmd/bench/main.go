// Command bench measures Lintel from the outside and prints one table: how fast it answers, how many calls it makes, how much it can take.
// Its size: each part of the table brings its own small world. "make bench" runs it; docs/benchmarks.md says what each row means.
//
// Callers may rely on: every number was measured in this run, against the real server and the fake GitHub over loopback
// HTTP; a part that cannot be measured is a row that says why, and makes the exit status 1. A missed bar does so only
// with -strict.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// part is a group of rows that is measured together. how is the table of docs/benchmarks.md: what is measured, and by which
// method.
type part struct {
	name, about, how string
	run              func(ctx context.Context, b *bench) error
}

// parts run in this order: the quiet ones first, the one that fills the machine last.
var parts = []part{
	{"pure", "CODEOWNERS, diffs, Rego, without any I/O",
		"CODEOWNERS of 5,000 rules (a fifth with wildcards), read from its file, against 100,000 paths; diffs of " +
			"2.6 KB a file, the median of real changes; lint from bytes to facts, as reviewdog was measured: 10,000 " +
			"findings (rdjsonl), half on added lines of a diff of 5 MB, and 25,000 (SARIF) in 3,000 files beside as " +
			"many of the merge base; policies compiled; facts and Rego for 50 and 3,000 files. Medians.", pure},
	{"families", "what judging by all rule families costs, and the share of each",
		"Facts and Rego with every family on, for 20 and 3,000 changed files: source, tests, manifests, lock files " +
			"and workflows. Processor time (the collector's included) of the whole and of each family: its analysis " +
			"alone, and what its rules add to an empty evaluation. Live heap with the five last families and without.", families},
	{"secrets", "the matcher of secrets beside gitleaks",
		"Our matcher and gitleaks' (v8, as a library, as many encodings undone) on the same diffs of 5 and 50 MB, " +
			"file by file, each on one core: bytes per processor time. gitleaks gets five seconds for each.", secretsBeside},
	{"reports", "50 MB of each format of coverage reports, beside x/tools/cover",
		"About 50 MB of each coverage format, 2,000 files, from disk: processor time (the collector's included) and " +
			"the heap's largest growth. The Go profile three times, the lowest counts, beside x/tools/cover.", reports},
	{"scorecards", "scorecards over many findings, from their counts", "", scorecards},
	{"evidence", "what rules would have blocked, from stored verdicts", "", evidenceOf},
	{"flow", "pages of figures over very many pull requests",
		"The pages of figures over 1,000,000 facts (60,000 with `-small`), written by SQL, on SQLite and on the " +
			"PostgreSQL that `TEST_POSTGRES` names (`scripts/postgres.sh run make bench` starts one): twenty views of " +
			"each without a cache. Then a CSV of a year, the heap measured every 10,000 rows. It takes minutes, mostly " +
			"writing.", figures},
	{"organisation", "the preview of an organisation's settings file", "", organisationPreview},
	{"backfill", "the past of 10,000 pull requests, by a process of its own",
		"`lintel backfill` of the built program as its own process: 10,000 pull requests of the fake GitHub with " +
			"its limits on, each with a review, two comments and a time as a draft. The fake counts requests; memory is " +
			"`VmHWM`.", backfilling},
	{"sandbox", "what a sandbox costs beside the bare tool", "", sandboxes},
	{"trees", "the files of a large head, ready for checks",
		"100,000 files of a head behind git's own HTTP server (20,000 with `-small`), a hundred names of each content; a push " +
			"changes one of them. From asking until the folder is ready: fetch, list, and the folder turned.", trees},
	{"checks", "checks that Lintel runs: what they add, and how many it takes",
		"gofmt, shellcheck and yamllint in bwrap. Verdicts with a result that is known, with none, and with three linters " +
			"on 20 new files, in turn with the bare tools. Queued checks without verdicts, in memory, beside GNU parallel " +
			"(xargs where it is missing). Two idle servers, one without checks.", runChecks},
	{"unsent", "what questions to a model must not hold, over commits of this repository", "", unsent},
	{"calls", "API calls per scenario",
		"Requests to the forge for each scenario, without minting tokens (once an hour for an installation). The " +
			"calls and the critical path stand below each row.", calls},
	{"gitlab", "a GitLab: API calls, webhook to posted status, a thousand empty diffs",
		"The same of the fake GitLab, on its Free tier, in a project without CI: our status is the pipeline. The note that " +
			"carries the verdict's text counts among the calls.", gitLab},
	{"verdict", "webhook to concluded check",
		"From the start of the webhook's POST until the forge has answered the call that concludes the check. 20 " +
			"changed files, settings, CODEOWNERS of 30 rules, a team, one approval, a new head each time. Warm: token, " +
			"control files and memberships are cached. Sixteen pull requests take turns, so no two events share a look. " +
			"In the row \"contents\" a push also changes a manifest and a workflow, read whole: one more round trip.", verdict},
	{"chat", "comments with a command and without one", "", chatting},
	{"large", "pull requests of 2,999 and 3,000 files",
		"The built program as its own process: pull requests of 2,999 and 3,000 new files. Peak memory is `VmHWM`, " +
			"processor time the server's own; the calls stand below each row. `-serverprofile` writes the server's CPU " +
			"profile.", large},
	{"cost", "processor time of the server alone for a verdict",
		"The built program as its own process: 320 pull requests of 20 installations are pushed to, 40 a second, at " +
			"50 ms a call. Its own processor time and allocations for a verdict, the collector included. `-program` " +
			"measures another build, to run two in turn; `-serverprofile` as in `large`.", cost},
	{"processes", "one database, and any number of processes on it",
		"The built program: one process on SQLite, then on the PostgreSQL that `TEST_POSTGRES` names one process that takes " +
			"webhooks and one, two and four that work. Deliveries of one repository after the other while nobody works; at 20 a " +
			"second how long looks wait in the queue; then a push to each of 400 pull requests of 20 installations in turn, as fast " +
			"as it is acknowledged, at 50 ms a call: processor time of each part, bytes by which the database grows. Round trips " +
			"to the database (its protocol's messages that await an answer) are counted in a small run of their own. " +
			"[scale.md](scale.md) computes with them; `-record docs/benchmarks.json` keeps them.", processes},
	{"weight", "the built program: its size, and what each addition has part in it",
		"The size of the released build, and each addition's part in it: what its packages and those that only they " +
			"need take of the symbols; the table of functions is shared out by code.", weigh},
	{"binary", "the built program: start, idle memory, lintel check",
		"The released build: `lintel version`, start until `/healthz` answers, resident memory (`VmRSS`) " +
			"after five idle seconds, `lintel check` on a small repository.", binary},
	{"ack", "acknowledgement at 50 deliveries a second",
		"50 signed deliveries a second on schedule, each causing a look that runs beside the next. The time until " +
			"the 202 is read.", ack},
	{"load", "pull requests a second over 100 installations, and of one",
		"100 installations with 15 pull requests each, an App that hears of pull requests alone, GitHub's rate limits on, " +
			"50 ms a call; the rate rises until " +
			"verdicts no longer keep up (the last one 2 s or more after the last delivery, or p95 of 2 s and more). " +
			"Then one installation until its 900 points for a minute are spent.", load},
}

// bench is one run.
type bench struct {
	table *table
	errs  io.Writer
	start time.Time
	dir   string
	// small has parts measure less: enough to see that they work, too little to compare with another day's run.
	small bool
	crowd *crowd
	// serverProfile is the file for a CPU profile of the server that is a process of its own; empty for none.
	serverProfile string
	// program is a built lintel to measure in place of this tree's; empty for none.
	program string
}

// say tells how the run goes on; the table is on the other stream.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.errs, "%6.1fs  load %s  %s\n", time.Since(b.start).Seconds(), loadAverage(), fmt.Sprintf(format, args...))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	only := flags.String("run", "", "parts to run, by comma: "+partNames()+" (default all)")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	strict := flags.Bool("strict", false, "exit with 1 when a bar is missed")
	small := flags.Bool("small", false, "measure less in the parts that take long: what CI runs")
	profile := flags.String("cpuprofile", "", "write a CPU profile of the whole run to this file")
	serverProfile := flags.String("serverprofile", "",
		"write a CPU profile of the server of the parts large and cost to this file, 20 s long")
	record := flags.String("record", "",
		"write what was measured into this file, docs/benchmarks.json, where it has the row already (then: make generate)")
	program := flags.String("program", "", "a built lintel that large, cost and binary measure, in place of one of this tree")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := choose(*only)
	if err != nil {
		fmt.Fprintln(errOut, "bench:", err)
		return 2
	}
	dir, err := os.MkdirTemp("", "lintel-bench-")
	if err != nil {
		fmt.Fprintln(errOut, "bench:", err)
		return 2
	}
	defer os.RemoveAll(dir)
	stopProfile, err := startProfile(*profile)
	if err != nil {
		fmt.Fprintln(errOut, "bench:", err)
		return 2
	}
	defer stopProfile()
	b := &bench{table: &table{out: out, quiet: *asJSON}, errs: errOut, start: time.Now(), dir: dir,
		serverProfile: *serverProfile, program: *program, small: *small}
	size := ""
	if b.small {
		size = "small run, "
	}
	b.table.head(size + fmt.Sprintf("%s, %s/%s, %d CPUs, %s, load %s at the start", b.start.UTC().Format("2006-01-02 15:04 MST"),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), loadAverage()))
	var failed []string
	for _, p := range chosen {
		b.say("%s: %s", p.name, p.about)
		if err := p.run(ctx, b); err != nil {
			failed = append(failed, p.name+" was not measured: "+err.Error())
			b.table.add(row{What: p.name + ": " + p.about, Measured: "not measured: " + err.Error(), Verdict: broken})
		}
		if ctx.Err() != nil {
			failed = append(failed, "interrupted")
			break
		}
	}
	if b.crowd != nil {
		if err := b.crowd.close(); err != nil {
			fmt.Fprintln(errOut, "bench:", err)
		}
	}
	b.table.foot(fmt.Sprintf("%d rows in %s, load %s at the end", len(b.table.rows), time.Since(b.start).Round(time.Second), loadAverage()))
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(b.table.rows); err != nil {
			fmt.Fprintln(errOut, "bench:", err)
			return 2
		}
	}
	if *record != "" {
		note := fmt.Sprintf("%s, load %s", b.start.UTC().Format("2 January"), loadAverage())
		if err := recordIn(*record, b.table.rows, note); err != nil {
			fmt.Fprintln(errOut, "bench:", err)
			return 2
		}
	}
	// At the end again: of a long log people see the end first.
	for _, why := range failed {
		fmt.Fprintln(errOut, "bench:", why)
	}
	if len(failed) > 0 || *strict && b.table.missed() {
		return 1
	}
	return 0
}

// size is how much a part measures: all of it, or less in a small run.
func (b *bench) size(all, small int) int {
	if b.small {
		return small
	}
	return all
}

func partNames() string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return strings.Join(names, ",")
}

// choose picks parts by name, in the order of the table.
func choose(list string) ([]part, error) {
	if list == "" {
		return parts, nil
	}
	wanted := strings.Split(list, ",")
	var chosen []part
	for _, p := range parts {
		if slices.Contains(wanted, p.name) {
			chosen = append(chosen, p)
		}
	}
	if len(chosen) != len(wanted) {
		return nil, fmt.Errorf("-run %s: the parts are %s", list, partNames())
	}
	return chosen, nil
}

// loadAverage is what the machine does beside, where the system tells.
func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(raw), " ")
	return first
}

var errNoAnswer = errors.New("no verdict came")
