package formats

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/analysis/coverage/measure"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// tool finds a program that scripts/fetch-coverage-tools.sh brings. In CI a missing one is a failure: only at home the
// comparison may be left out.
func tool(t *testing.T, found bool, name string) {
	t.Helper()
	if found {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not there; scripts/fetch-coverage-tools.sh brings it", name)
	}
	t.Skipf("%s is not there; run scripts/fetch-coverage-tools.sh", name)
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "COVERAGE_FILE=", "COVERAGE_RCFILE=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil { //nolint:gosec // of a test
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// parsed reads a report as auto, holds it to its format, and keeps its lines by the files' own names.
func parsed(t *testing.T, format, file string) report.Coverage {
	t.Helper()
	raw, err := os.ReadFile(file) //nolint:gosec // of a test
	if err != nil {
		t.Fatal(err)
	}
	c, is, err := Parse(auto, bytes.NewReader(raw), 0)
	if err != nil || is != format {
		t.Fatalf("%s: it is %s, want %s; %v", file, is, format, err)
	}
	for i := range c.Files {
		c.Files[i].Path = path.Base(strings.ReplaceAll(c.Files[i].Path, `\`, "/"))
	}
	return report.Merge(c)
}

func lines(c report.Coverage) map[string]string {
	out := map[string]string{}
	for _, f := range c.Files {
		out[f.Path] = f.String()
	}
	return out
}

// same holds that all reports say the same, and that there is something of each state in them.
func same(t *testing.T, reports map[string]report.Coverage) {
	t.Helper()
	first := ""
	for name, c := range reports {
		if first == "" {
			first = name
			var n report.Counts
			for _, f := range c.Files {
				n = n.Plus(f.Counts())
			}
			if n.Hits == 0 || n.Misses == 0 || n.Partials == 0 {
				t.Errorf("%s proves little: %+v", name, n)
			}
		}
		if d := cmp.Diff(lines(reports[first]), lines(c)); d != "" {
			t.Errorf("%s and %s of one run differ:\n%s", first, name, d)
		}
	}
}

// held holds that no report of a file as it is is taken for one of another version, and that those of some formats are
// when a line was put into the file since.
func held(t *testing.T, name, source string, reports map[string]report.Coverage, caught ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	whole := func(lines []string) []diff.File {
		f := diff.File{Path: name, Status: diff.Added, State: diff.Text, Hunks: []diff.Hunk{{NewStart: 1, NewLines: len(lines)}}}
		for _, l := range lines {
			f.Hunks[0].Lines = append(f.Hunks[0].Lines, diff.Line{Op: diff.Add, Text: l})
		}
		return []diff.File{f}
	}
	for format, c := range reports {
		if _, known := c.File(name); !known {
			t.Errorf("%s does not know %s", format, name)
		}
		if why := measure.Stale(c, whole(lines), nil); why != "" {
			t.Errorf("%s of the file as it is: %s", format, why)
		}
		after := slices.Insert(slices.Clone(lines), 3, "more();")
		if why := measure.Stale(c, whole(after), nil); slices.Contains(caught, format) && why == "" {
			t.Errorf("%s of the file before it changed counts", format)
		}
	}
}

const javaScript = `'use strict';

function total(prices, start = 0, step = prices.length) {
  let sum = start;
  for (const p of prices) {
    if (p > 10) {
      sum += p - 1;
    } else {
      sum += p;
    }
  }
  return sum > 100 ? 100 : sum + step;
}

function unused(a, b) {
  if (a && b) { return a; }
  return b;
}

const pick = (o, d = 'none') => o.a || o.b || d;
function late(x) { if (x) { return 1; } throw new Error('x'); }

switch (process.argv.length) {
  case 1: unused(1, 2); break;
  case 2: pick({ a: 1 }); break;
  default: pick({});
}

module.exports = { total, unused, pick, late };
`

// TestReportsOfIstanbul holds that what nyc and c8 write of one run is one number in every format.
func TestReportsOfIstanbul(t *testing.T) {
	for _, program := range []string{"nyc", "c8"} {
		t.Run(program, func(t *testing.T) {
			bin := filepath.Join(root(t), ".cache/coverage-tools/node_modules/.bin", program)
			_, err := os.Stat(bin)
			tool(t, err == nil, program)
			dir := t.TempDir()
			write(t, dir, map[string]string{
				"package.json": "{}", "src/cart.js": javaScript,
				"run.js": "const c = require('./src/cart.js');\nc.total([1, 20], 1);\nc.pick({ a: 1 });\ntry { " +
					"c.late(0); } catch { c.total([2]); }\n",
			})
			run(t, dir, bin, "--reporter=lcovonly", "--reporter=clover", "--reporter=json", "--reporter=cobertura", "--report-dir=out",
				"node", "run.js")
			reports := map[string]report.Coverage{
				"LCOV": parsed(t, "lcov", dir+"/out/lcov.info"), "Clover": parsed(t, "clover", dir+"/out/clover.xml"),
				"JSON":      parsed(t, "istanbul", dir+"/out/coverage-final.json"),
				"Cobertura": parsed(t, "cobertura", dir+"/out/cobertura-coverage.xml"),
			}
			same(t, reports)
			held(t, "cart.js", javaScript, reports, "JSON")
		})
	}
}

// wholly is a report in which what ran in part ran.
func wholly(c report.Coverage) report.Coverage {
	out := report.NewCollector()
	for _, f := range c.Files {
		l, err := out.File(f.Path)
		for _, r := range f.Lines {
			state := r.State
			if state == report.Partial {
				state = report.Hit
			}
			if err == nil {
				err = l.SetRange(r.From, r.To, state)
			}
		}
		if err != nil {
			panic(err)
		}
	}
	got, err := out.Finish()
	if err != nil {
		panic(err)
	}
	return got
}

const python = `import sys


def total(prices, start=0):
    for p in prices:
        if p > 10:
            start += p - 1
        else:
            start += p
    if start > 100:
        return 100
    return start


def unused(a):
    return a


if sys.argv[1] == "low":
    total([1])
else:
    total([20, 200])
`

// TestReportsOfCoveragePy holds that what coverage.py writes of one run is one number in every format, and that reports
// of two shards merge to what "coverage combine" makes of them.
func TestReportsOfCoveragePy(t *testing.T) {
	interpreter := ""
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), p, "-c", "import coverage").Run() == nil {
			interpreter = p
			break
		}
	}
	tool(t, interpreter != "", "coverage.py")
	dir := t.TempDir()
	write(t, dir, map[string]string{"cart.py": python})
	formats := map[string]string{"lcov": "lcov", "json": "coveragepy", "xml": "cobertura"}
	reports := func(data string) map[string]report.Coverage {
		out := map[string]report.Coverage{}
		for command, format := range formats {
			run(t, dir, interpreter, "-m", "coverage", command, "--data-file="+data, "-o", data+"."+command)
			out[format] = parsed(t, format, filepath.Join(dir, data+"."+command))
		}
		// The LCOV report of coverage.py before 7.6 puts a branch at the line where it leads, so nobody can tell which
		// line is partial: there only what ran is compared.
		reached := lines(wholly(out["coveragepy"]))
		if d := cmp.Diff(reached, lines(wholly(out["lcov"]))); d != "" {
			t.Errorf("what ran differs in LCOV and JSON:\n%s", d)
		}
		same(t, map[string]report.Coverage{"JSON": out["coveragepy"], "XML": out["cobertura"]})
		held(t, "cart.py", python, out, "lcov", "coveragepy", "cobertura")
		return out
	}
	run(t, dir, interpreter, "-m", "coverage", "run", "--branch", "--data-file=low", "cart.py", "low")
	run(t, dir, interpreter, "-m", "coverage", "run", "--branch", "--data-file=high", "cart.py", "high")
	low, high := reports("low"), reports("high")
	run(t, dir, interpreter, "-m", "coverage", "combine", "--keep", "--data-file=both", "low", "high")
	whole := map[string]report.Coverage{}
	for command, format := range formats {
		run(t, dir, interpreter, "-m", "coverage", command, "--data-file=both", "-o", "both."+command)
		whole[format] = parsed(t, format, filepath.Join(dir, "both."+command))
	}
	for _, format := range formats {
		for _, merged := range []report.Coverage{report.Merge(low[format], high[format]), report.Merge(high[format], low[format])} {
			if d := cmp.Diff(lines(whole[format]), lines(merged)); d != "" {
				t.Errorf("%s: two shards are not what coverage combine makes of them:\n%s", format, d)
			}
		}
	}
}

// TestReportsOfGcov holds that gcov's text and its JSON of one run are one number.
func TestReportsOfGcov(t *testing.T) {
	_, err := exec.LookPath("gcc")
	_, err2 := exec.LookPath("gcov")
	tool(t, err == nil && err2 == nil, "gcc with gcov")
	dir := t.TempDir()
	const source = "#include <stdio.h>\n\nint total(int n)\n{\n  if (n > 10 && n < 50)\n    return n - 1;\n  for (int i " +
		"= 0; i < n; i++)\n    puts(\"a: b\");\n  return n;\n}\n\nint unused(void)\n{\n  return 1;\n}\n\nint " +
		"main(void)\n{\n  return total(2) == 2 ? 0 : 1;\n}\n"
	write(t, dir, map[string]string{"cart.c": source})
	run(t, dir, "gcc", "--coverage", "-O0", "-o", "cart", "cart.c")
	run(t, dir, "./cart")
	notes, err := filepath.Glob(dir + "/*.gcno")
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	run(t, dir, "gcov", "-b", "-o", notes[0], "cart.c")
	run(t, dir, "gcov", "-b", "--json-format", "-o", notes[0], "cart.c")
	packed, err := filepath.Glob(dir + "/*.gcov.json.gz")
	if err != nil || len(packed) != 1 {
		t.Fatal(packed, err)
	}
	f, err := os.Open(packed[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(z); err != nil { //nolint:gosec // of a test
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"cart.json": raw.String()})
	reports := map[string]report.Coverage{"text": parsed(t, "gcov", dir+"/cart.c.gcov"), "JSON": parsed(t, "gcovr", dir+"/cart.json")}
	same(t, reports)
	held(t, "cart.c", source, reports, "text")
}

// TestReportsOfTheJVM compares JaCoCo's and Cobertura's XML of one program, which the real tools wrote (scripts/jvm-reports.sh). The two
// need not, as the program has no finally, no string switch and no try-with-resources, whose branches the two count in ways of their own.
func TestReportsOfTheJVM(t *testing.T) {
	reports := map[string]report.Coverage{
		"JaCoCo":    parsed(t, "jacoco", "testdata/jvm/jacoco.xml"),
		"Cobertura": parsed(t, "cobertura", "testdata/jvm/cobertura.xml"),
	}
	same(t, reports)
	for _, name := range []string{"Cart.java", "Main.java"} {
		source, err := os.ReadFile("testdata/jvm/src/main/java/shop/" + name)
		if err != nil {
			t.Fatal(err)
		}
		held(t, name, string(source), reports)
	}
}

const golang = `package shop

// Total sums up.
func Total(prices []int, limit int) int {
	sum := 0
	for _, p := range prices {
		if p > limit && limit > 0 {
			sum += limit

			continue
		}
		sum += p
	}
	return sum
}

func unused(a bool) int {
	if a {
		return 1 }
	return 2
}
`

// TestReportOfGo holds that a profile of "go test" is taken for one of the file as it is, and of no other.
func TestReportOfGo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"go.mod": "module shop\n\ngo 1.26\n", "cart.go": golang,
		"cart_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestTotal(t *testing.T) { Total([]int{1}, 2) }\n"})
	run(t, dir, "go", "test", "-coverprofile=cover.out", ".")
	held(t, "cart.go", golang, map[string]report.Coverage{"Go": parsed(t, "go", dir+"/cover.out")}, "Go")
}
