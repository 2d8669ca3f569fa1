// Package backtest is lintel backtest: it runs all rules over the merged changes of a clone, and says for each rule how
// often it fired and blocked, with findings for a person to judge.
package backtest

import "github.com/lintel-review/lintel/internal/merged"

// Command is "lintel backtest".
type Command struct {
	merged.Flags
	Settings string   `placeholder:"FILE" help:"Judge every change by these settings. Default: those at its own base."`
	Only     []string `placeholder:"FAMILY" xor:"which" help:"Judge these rule families alone: ${families}."`
	Rules    []string `placeholder:"RULE" xor:"which" help:"Judge these rules alone, such as commits/title; analyse no more than they see."`
	Touching []string `placeholder:"PATTERN" help:"Judge only changes of a file of these patterns, as a .gitignore has them."`
	Matching string   `placeholder:"REGEX" help:"Judge only changes of a line that matches, in these files, as git log -G has it."`
	Samples  int      `placeholder:"N" default:"10" help:"How many findings of each rule to show. Default: ${default}."`
	State    string   `placeholder:"FILE" help:"Keep what was judged in this file, and go on from it."`
	Format   string   `enum:"table,json,markdown" default:"table" help:"What to print: ${enum}."`
	Output   string   `placeholder:"FILE" help:"Write the report to this file, whole or not at all, instead of standard output."`

	// stopped sees how many changes are judged; only tests have one.
	stopped func(done int)
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Judges changes that were merged by every rule family of this version, on all processors. A merge commit is
judged as the branch that it merged; a commit with the number of a pull request in its header as a squash, under its
title; any other commit as a change without a title. Releases and merges by hand are left out; the report says how many
it took of each.

A clone does not know who approved a change or what CI measured: rules that need it are listed as not known, and count
as neither judged nor fired. Nothing is fetched, and nothing is written but what --state and --output name. A state file
holds for one head of the branch, the same settings and the same build. Samples are chosen by hash: the same ones each
time.

With --rules, what no rule of them sees is not analysed, and nothing is said of the risk and of what became of a
change: look for a rare rule in a long history so, with --touching for the files and --matching for the words that it
is about.

Of each change the JSON says whether it was reverted, or had lines fixed, in the 14 days after it.

Exit status: 0 judged, 2 no answer could be given or it was stopped.

Examples:

    # what would this repository's own settings have refused?
    lintel backtest --last 300

    # try settings, and keep what was done: Ctrl-C stops it, the same line goes on
    lintel backtest --settings draft.yml --state backtest.state \
      --format markdown --output backtest.md

    # find what one rare rule says in a long history: thirty findings to read
    lintel backtest --rules workflows/app-token --touching .github/ \
      --matching create-github-app-token --last 20000 --samples 30

    # the rules that fire in more than a tenth of all changes
    lintel backtest --format json | jq '.rules[] | select(.share > 0.1) | .id'`
}
