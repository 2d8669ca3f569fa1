// Package wrapper is the shell script that runs a tool inside a sandbox, and what reads the script's and the tool's output.
//
// Callers may rely on these promises:
//   - The script runs with no more rights than the tool. Where the tool forges what the script says, it forges only its
//     own result.
//   - Whatever is written, a Capture keeps no more than the job's limits allow.
package wrapper

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sandbox"
)

// script runs the tool, ends what the tool left behind, and then says on descriptor 3 how it went: "MARK began", and
// afterwards "MARK ended STATUS FULL REPORT" and the report. Its arguments are MARK, the report's path below the work
// folder, limits for ulimit (data in KiB, processes, CPU seconds; 0 is none), and the tool's argv. The script's own shell
// has no limits, so that it can always end the job. kill -1 reaches neither the script nor the process 1.
const script = `m=$1 r=$2 d=$3 p=$4 t=$5; shift 5
mkdir -p /job/tmp /job/shm || exit 125
command -v "$1" >/dev/null || { printf '\n%s absent\n' "$m" >&3; exit 127; }
printf '\n%s began\n' "$m" >&3
( ulimit -c 0
[ "$d" = 0 ] || ulimit -d "$d"
[ "$t" = 0 ] || ulimit -t "$t"
[ "$p" = 0 ] || ulimit -p "$p" 2>/dev/null || ulimit -u "$p"
exec "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- </dev/null )
s=$?
kill -9 -1 2>/dev/null
full=no; [ $s = 0 ] || head -c 65536 /dev/zero 2>/dev/null >/job/.probe || full=yes
rm -f /job/.probe
has=no; [ -z "$r" ] || { [ -f "/job/$r" ] && [ ! -L "/job/$r" ] && has=yes; }
printf '\n%s ended %s %s %s\n' "$m" "$s" "$full" "$has" >&3
[ $has = no ] || cat "/job/$r" >&3
exit 0`

// Ulimits are limits that the script sets by ulimit. Zeros are none.
type Ulimits struct {
	Data      int64 // bytes of private memory of one process
	Processes int
	CPU       int // seconds of one process
}

// Command is the argv that runs the job's tool by the script. On descriptor 3 the script writes marks; where a sandbox has
// only two descriptors, onStdout sends them to standard output.
func Command(job sandbox.Job, mark string, limits Ulimits, onStdout bool) []string {
	text := script
	if onStdout {
		text = marksOnStdout + script
	}
	return append([]string{"/bin/sh", "-c", text, "sh"}, arguments(job, mark, limits)...)
}

const marksOnStdout = "exec 3>&1\n"

func arguments(job sandbox.Job, mark string, limits Ulimits) []string {
	report := job.Report
	if report == sandbox.Stdout {
		report = ""
	}
	argv := []string{mark, report, strconv.FormatInt(limits.Data>>10, 10), strconv.Itoa(limits.Processes), strconv.Itoa(limits.CPU)}
	return append(argv, job.Argv...)
}

// Waiting is the argv of a shell that waits until it reads an Input from its standard input.
func Waiting() []string { return []string{"/bin/sh", "-s"} }

// variable is a name that a shell can set. What it does with IFS is known to it alone.
var variable = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Input is what a waiting shell reads to run the job's tool by the script, with marks on standard output; false where a
// shell cannot set a variable of the job. The shell reads all of it before it runs any of it, and then ends. It runs
// nothing where it does not see seen, a path in the tree (empty: it does not look): a tool would find nothing wrong there.
func Input(job sandbox.Job, mark, seen string) (string, bool) {
	var b strings.Builder
	b.WriteString("{\n")
	if seen != "" {
		name := quoted(sandbox.TreeFolder + "/" + seen)
		b.WriteString("[ -e " + name + " ] || [ -L " + name + " ] || exit 1\n")
	}
	for _, name := range slices.Sorted(maps.Keys(job.Env)) {
		if !variable.MatchString(name) || name == "IFS" {
			return "", false
		}
		b.WriteString("export " + name + "=" + quoted(job.Env[name]) + "\n")
	}
	b.WriteString("set --")
	for _, a := range arguments(job, mark, Ulimits{}) {
		b.WriteString(" " + quoted(a))
	}
	b.WriteString("\n" + marksOnStdout + script + "\n}\n")
	return b.String(), true
}

// quoted is one word of a shell, whatever it holds but NUL.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// marks is a stream on which the script says how the job went. What stands between its marks goes to tool.
type marks struct {
	mark     []byte
	tool     *stream // nil where the tool cannot write here
	report   *stream
	held     []byte
	reported reported
	began    chan struct{} // closed when the script has begun, or says that there is no such program
}

// reported is how the script reported that the job went.
type reported struct {
	Absent    bool // there is no such program
	Began     bool
	Ended     bool
	Status    int  // as the shell has it: above 128 is a signal
	Full      bool // the tool failed, and the work folder is full
	HasReport bool
}

// newMarks reads the script's marks. Report is where the report goes; tool may be nil.
func newMarks(mark string, report, tool *stream) *marks {
	return &marks{mark: []byte("\n" + mark + " "), report: report, tool: tool, began: make(chan struct{})}
}

// longest is more than the longest line that the script writes after its mark.
const longest = 64

// Write takes what the sandbox wrote.
func (m *marks) Write(p []byte) (int, error) {
	if m.reported.Ended {
		return m.report.Write(p)
	}
	m.held = append(m.held, p...)
	for !m.reported.Ended {
		at := bytes.Index(m.held, m.mark)
		if at < 0 {
			m.pass(len(m.held) - len(m.mark) + 1)
			return len(p), nil
		}
		m.pass(at)
		line, rest, whole := bytes.Cut(m.held[len(m.mark):], []byte("\n"))
		switch {
		case !whole && len(line) < longest:
			return len(p), nil
		case !whole || len(line) >= longest || !m.read(string(line)):
			m.pass(len(m.mark)) // a forgery that cannot be read is the tool's text
		default:
			m.held = rest
		}
	}
	_, err := m.report.Write(m.held)
	m.held = nil
	return len(p), err
}

// close takes what was held back in case it was the beginning of a mark.
func (m *marks) close() { m.pass(len(m.held)) }

// pass hands the first n bytes to the tool's stream.
func (m *marks) pass(n int) {
	if n <= 0 {
		return
	}
	if m.tool != nil {
		_, _ = m.tool.Write(m.held[:n]) // a stream takes everything
	}
	m.held = append([]byte(nil), m.held[n:]...)
}

// read takes one line after a mark.
func (m *marks) read(line string) bool {
	if line == "began" || line == "absent" {
		if !m.reported.Began && !m.reported.Absent {
			close(m.began)
		}
		m.reported.Began = m.reported.Began || line == "began"
		m.reported.Absent = m.reported.Absent || line == "absent"
		return true
	}
	var full, has string
	status := 0
	if n, err := fmt.Sscanf(line, "ended %d %s %s", &status, &full, &has); n != 3 || err != nil || !strings.HasPrefix(line, "ended ") {
		return false
	}
	m.reported.Ended, m.reported.Status, m.reported.Full, m.reported.HasReport = true, status&0xff, full == "yes", has == "yes"
	return true
}
