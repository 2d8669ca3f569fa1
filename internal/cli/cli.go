// Package cli is the command line: flags, help and exit statuses. It is the only door to kong, and leaves the work to
// the rooms of internal/command.
//
// Callers may rely on: status 0 passes, 1 refuses, 2 means that no answer could be given or that the command was used
// wrongly; an error is printed once, to the error stream, with what is wrong, where, and what to do; nothing but what
// was asked for goes to the output stream. To add a command, make a room for it and add one field to commands; a
// test holds docs/cli.md to it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/command/audit"
	"github.com/lintel-review/lintel/internal/command/backfill"
	"github.com/lintel-review/lintel/internal/command/backtest"
	"github.com/lintel-review/lintel/internal/command/backup"
	"github.com/lintel-review/lintel/internal/command/check"
	"github.com/lintel-review/lintel/internal/command/completion"
	"github.com/lintel-review/lintel/internal/command/database"
	"github.com/lintel-review/lintel/internal/command/demo"
	"github.com/lintel-review/lintel/internal/command/doctor"
	"github.com/lintel-review/lintel/internal/command/eval"
	"github.com/lintel-review/lintel/internal/command/explain"
	"github.com/lintel-review/lintel/internal/command/flow"
	"github.com/lintel-review/lintel/internal/command/gate"
	"github.com/lintel-review/lintel/internal/command/healthcheck"
	"github.com/lintel-review/lintel/internal/command/importing"
	"github.com/lintel-review/lintel/internal/command/initialise"
	"github.com/lintel-review/lintel/internal/command/migrate"
	"github.com/lintel-review/lintel/internal/command/organisation"
	"github.com/lintel-review/lintel/internal/command/osv"
	"github.com/lintel-review/lintel/internal/command/owners"
	"github.com/lintel-review/lintel/internal/command/policies"
	"github.com/lintel-review/lintel/internal/command/recheck"
	"github.com/lintel-review/lintel/internal/command/release"
	"github.com/lintel-review/lintel/internal/command/replay"
	"github.com/lintel-review/lintel/internal/command/report"
	"github.com/lintel-review/lintel/internal/command/rules"
	"github.com/lintel-review/lintel/internal/command/serve"
	"github.com/lintel-review/lintel/internal/command/settings"
	"github.com/lintel-review/lintel/internal/command/setup"
	"github.com/lintel-review/lintel/internal/command/status"
	"github.com/lintel-review/lintel/internal/command/suppressions"
	"github.com/lintel-review/lintel/internal/command/token"
	"github.com/lintel-review/lintel/internal/command/version"
	"github.com/lintel-review/lintel/internal/command/worker"
	"github.com/lintel-review/lintel/internal/policychild"
	"github.com/lintel-review/lintel/internal/render"
	settingsfile "github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
)

// The exit statuses.
const (
	Passed  = 0
	Refused = 1
	Failed  = 2
)

// commands are what lintel can do, in the order of its help.
type commands struct {
	Check    check.Command      `cmd:"" group:"repository" help:"Judge the commits of a branch by the rules of its repository."`
	Init     initialise.Command `cmd:"" group:"repository" help:"Write the settings of a repository from its history."`
	Import   importing.Commands `cmd:"" group:"repository" help:"Translate the configuration of another tool into settings."`
	Replay   replay.Command     `cmd:"" group:"repository" help:"Judge merged changes again, to see what settings would have refused."`
	Backtest backtest.Command   `cmd:"" group:"repository" help:"Run every rule over merged changes, to see how often each fires."`
	Explain  explain.Command    `cmd:"" group:"repository" help:"Say what a rule asks for, why, and how to do it."`
	Settings settings.Commands  `cmd:"" group:"repository" help:"Work on a settings file."`
	Owners   owners.Commands    `cmd:"" group:"repository" help:"Say who owns a path, and which lines of CODEOWNERS do nothing."`
	Report   report.Commands    `cmd:"" group:"repository" help:"Send what CI measured to a Lintel server."`
	Await    report.Await       `cmd:"" group:"repository" help:"Wait in a CI job for the server's verdict, and pass or fail by it."`

	Setup       setup.Commands      `cmd:"" group:"server" help:"Connect a server to GitHub or GitLab, and write its file."`
	Serve       serve.Command       `cmd:"" group:"server" help:"Serve a GitHub App or a GitLab: judge changes, publish the check."`
	Worker      worker.Command      `cmd:"" group:"server" help:"Ask a model, or run checks, without a key of a forge."`
	Doctor      doctor.Commands     `cmd:"" group:"server" help:"Examine what the server depends on."`
	Status      status.Command      `cmd:"" group:"server" help:"Say what the processes on the server's database do, and what waits."`
	Healthcheck healthcheck.Command `cmd:"" group:"server" help:"Ask a running server whether it lives."`
	Backfill    backfill.Command    `cmd:"" group:"server" help:"Read what happened to changes before Lintel was connected."`
	Migrate     migrate.Commands    `cmd:"" group:"server" help:"Say where the database's schema stands, and bring it up to date."`
	Database    database.Commands   `cmd:"" group:"server" help:"Move the server's record to another database."`
	Backup      backup.Command      `cmd:"" group:"server" help:"Copy the database while the server runs."`
	Token       token.Commands      `cmd:"" group:"server" help:"Make and end the upload tokens of a repository."`
	OSV         osv.Commands        `cmd:"" group:"server" name:"osv" help:"Make the database of vulnerabilities, and say what it holds."`

	Recheck      recheck.Command       `cmd:"" group:"record" help:"Have a pull request or merge request looked at again."`
	Release      release.Command       `cmd:"" group:"record" help:"Have drafts of comments posted."`
	Suppressions suppressions.Commands `cmd:"" group:"record" help:"Show and end what advice is kept silent about."`
	Gate         gate.Commands         `cmd:"" group:"record" help:"Open or close the gate of an organisation for a time, in a disaster."`
	Audit        audit.Commands        `cmd:"" group:"record" help:"Show and verify the log of what people and operators did."`
	Rules        rules.Commands        `cmd:"" group:"record" help:"Show what the server's record says of the rules."`
	Organisation organisation.Commands `cmd:"" group:"record" help:"Show, roll back and resume the settings of organisations."`
	Flow         flow.Commands         `cmd:"" group:"record" help:"Say what rollouts changed, and erase the name of an account."`

	Policy policies.Commands `cmd:"" group:"rules" help:"Test, lint and document the policies."`
	Eval   eval.Commands     `cmd:"" group:"rules" help:"Measure the advice of a language model on pull requests whose defects are known."`

	Demo       demo.Command       `cmd:"" group:"self" help:"Tell Lintel's story on this machine, with a GitHub for your laptop."`
	Completion completion.Command `cmd:"" group:"self" help:"Print the completion of commands and flags for a shell."`
	Version    version.Command    `cmd:"" group:"self" help:"Print the version, and those of the engine and the contracts."`
}

// groups are the headings of the help.
var groups = []kong.Group{
	{Key: "repository", Title: "In a repository and in CI:"},
	{Key: "server", Title: "A server:"},
	{Key: "record", Title: "What a server did, and shall do:"},
	{Key: "rules", Title: "Policies, and what a model is worth:"},
	{Key: "self", Title: "Lintel itself:"},
}

const description = `Lintel reviews changes (pull requests, merge requests) by rules: commit standards, code ownership, size, coverage,
lint. It judges them on a laptop, in any CI, and as a server for GitHub and GitLab.

Examples:

    # judge the current branch as it would be judged as a pull request
    lintel check

    # write the settings that fit the last 300 merged changes
    lintel init

Exit status: 0 passes, 1 refused, 2 no answer could be given, or the command was used wrongly.`

// Run carries out one command line and gives its exit status. The end of the context ends the work.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	return run(ctx, args, terminal.New(in, out, errOut))
}

// run is Run with everything about the terminal decided.
func run(ctx context.Context, args []string, t terminal.Terminal) int {
	helpStatus := Passed
	if len(args) == 0 {
		// Nothing was asked for: the help is an answer to a mistake.
		args, helpStatus = []string{"--help"}, Failed
		t.Out = t.Err
	}
	args = asked(args)
	if args[0] == policychild.Word && len(args) == 2 {
		if err := policychild.Answer(ctx, args[1], t.Out); err != nil {
			return failed(t.Err, err)
		}
		return Passed
	}
	if parsed := parseAlone(t, args); parsed != nil {
		return carryOut(ctx, t, parsed)
	}
	parser, err := newParser(t, &commands{})
	if err != nil {
		return failed(t.Err, fmt.Errorf("build the command line: %w", err))
	}
	if args[0] == completion.Word {
		if err := complete(ctx, parser.Model, args[1:], t.Out); err != nil {
			return failed(t.Err, err)
		}
		return Passed
	}
	if args[0] == manualWord {
		if err := writeManual(parser, args[1:]); err != nil {
			return failed(t.Err, err)
		}
		return Passed
	}
	parsed, help, err := parse(parser, args)
	if err != nil {
		return misused(t.Err, parser.Model, parsed, args, err)
	}
	if help {
		if err := parsed.PrintUsage(false); err != nil {
			return failed(t.Err, err)
		}
		return helpStatus
	}
	if flag := emptyFlag(parsed); flag != nil {
		return misusedEmpty(t.Err, parsed, flag)
	}
	return carryOut(ctx, t, parsed)
}

// carryOut has the command that was read do its work.
func carryOut(ctx context.Context, t terminal.Terminal, parsed *kong.Context) int {
	if err := work(ctx, t, parsed.Selected()); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted before there was an answer")
		}
		return failed(t.Err, err)
	}
	return Passed
}

// asked turns the ways to ask that people try first into those that there are: "lintel help check", "lintel --version", "lintel -v".
func asked(args []string) []string {
	switch {
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case len(args) == 1 && slices.Contains([]string{"--version", "-v", "-V"}, args[0]):
		return []string{"version"}
	}
	return args
}

// parseAlone reads a command line by the flags of its one command: to build those of all takes several times as long. It
// is nil where the answer needs all of them, as help does and what to do about a mistake.
func parseAlone(t terminal.Terminal, args []string) *kong.Context {
	all := reflect.TypeFor[commands]()
	field, ok := all.FieldByNameFunc(func(name string) bool { return strings.ToLower(name) == args[0] })
	if !ok {
		return nil
	}
	parser, err := newParser(t, reflect.New(reflect.StructOf([]reflect.StructField{field})).Interface())
	if err != nil {
		return nil
	}
	parsed, help, err := parse(parser, args)
	if err != nil || help || emptyFlag(parsed) != nil {
		return nil
	}
	return parsed
}

func newParser(t terminal.Terminal, commands any) (*kong.Kong, error) {
	parser, err := kong.New(commands,
		kong.Name("lintel"), kong.Description(description),
		kong.Writers(t.Out, t.Err),
		// Fifty lines are read; all commands with theirs are in docs/cli.md, the manual pages and the completion.
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ExplicitGroups(groups),
		kong.Vars{"formats": formats(), "settings": settingsfile.Path, "families": strings.Join(settingsfile.Families(), ", ")},
	)
	if err != nil {
		return nil, err
	}
	// The headings are of the whole program; below one command stand its own.
	for _, command := range parser.Model.Children {
		for _, own := range command.Children {
			own.Group = &kong.Group{Key: "own", Title: "Commands:"}
		}
	}
	return parser, nil
}

// formats are the names of a report's formats, as an enum of kong.
func formats() string {
	var all []string
	for _, f := range render.Formats() {
		all = append(all, string(f))
	}
	return strings.Join(all, ",")
}

// failed prints an error, once, and gives its status.
func failed(w io.Writer, err error) int {
	if errors.Is(err, terminal.ErrRefused) {
		return Refused
	}
	fmt.Fprintf(w, "lintel: %s\n", err)
	return Failed
}
