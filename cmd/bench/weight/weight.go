// Package weight says which part of the program's size came with which addition.
//
// Callers may rely on: what is shared counts with the first that needs it, so nothing is counted twice; an addition that
// names a package which the program no longer links is an error.
package weight

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

// module is where all packages of ours are.
const module = "github.com/lintel-review/lintel/"

// addition is what was added to the program after its bar was set, and the packages that came with it: those of
// internal/, or whole modules. A name that ends in "/" means all below it.
type addition struct {
	what     string
	packages []string
}

// Checks is the addition that has a bar of its own: its rooms cannot be left out of a build, as the wiring names them.
const Checks = "checks in a sandbox"

// additions in their order. What one weighs is what the program loses when its packages go with all that only they need,
// and so do the additions after it. What the program linked when the bar was set (28 November 2026) is no addition, and is
// not named here: the language model's client, Prometheus', OpenID Connect, River with lib/pq, the fake GitHub.
var additions = []addition{
	{"rules on secrets, dependencies, workflows, smells and tests", []string{
		"analysis/secrets", "analysis/dependencies/", "analysis/workflows/", "analysis/smells/", "analysis/tests/", "licence",
		"osv", "osvfile", "command/osv", "secretscan"}},
	{"chat, overrides, organisations, scorecards, audit, the gate's switch", []string{
		"chat", "control", "override", "organisation", "organisationjobs", "organisationpreview", "scorecard", "outcome", "aftermath",
		"evidence", "audit", "gateswitch", "command/audit", "command/gate", "command/organisation", "store/control", "store/audit",
		"store/outcomes", "store/organisations"}},
	{"figures of the delivery: events, boards, past", []string{
		"flow/", "web/board", "web/fleet", "fleet", "render/chart", "objective", "past", "backfill", "deployments", "command/flow/",
		"command/backfill", "store/trends", "store/fleet", "store/flow", "store/pasts", "store/landings", "store/responses",
		"weekly"}},
	{"setup, import of others' settings, a first file from history", []string{
		"command/setup", "command/importing", "command/initialise", "survey", "translate"}},
	{"what the past says: backtest, replay, evals against people", []string{
		"backtest", "merged", "learned", "command/backtest", "command/replay", "eval/oracle"}},
	{"PostgreSQL, and moving to it", []string{
		"github.com/jackc/", "store/transfer", "command/database", "command/migrate"}},
	{"sign-in for operators", []string{"identity", "access", "web/signin", "store/sessions"}},
	{Checks, []string{
		"sandbox/", "catalogue", "checkplan", "checkrun", "checkhost", "server/checkspart", "tooljobs", "toolcall", "tree", "mirrors",
		"store/checkruns"}},
	{"GitLab", []string{
		"forge/gitlab/", "server/gitlabpart", "server/gitlabhooks", "gitlab.com/gitlab-org/", "analysis/ownership/sections",
		"command/doctor/gitlabproject"}},
	{"a GitLab for lintel demo", []string{"fake/gitlab/"}},
	{"traces by OpenTelemetry", []string{"otlp", "trace"}},
}

// Part is what one addition weighs, in bytes.
type Part struct {
	What  string
	Bytes float64
}

// Of gives what cmd/lintel weighs without the additions, and each of them, when the released program has so many bytes.
// It builds the program with its symbols in the folder.
func Of(ctx context.Context, folder string, whole int64) (base float64, parts []Part, err error) {
	linked, err := linkedPackages(ctx)
	if err != nil {
		return 0, nil, err
	}
	sizes, err := symbols(ctx, folder, linked)
	if err != nil {
		return 0, nil, err
	}
	all, err := shares(linked, sizes, float64(whole), additions)
	if err != nil {
		return 0, nil, err
	}
	for i, a := range additions {
		parts = append(parts, Part{What: a.what, Bytes: all[i+1]})
	}
	return all[0], parts, nil
}

// shares gives the weight of the program without the additions, and that of each. Nothing is counted twice: they sum up
// to the whole.
func shares(linked map[string]linkedPackage, sizes map[string]float64, whole float64, all []addition) ([]float64, error) {
	named := 0.0
	for name := range linked {
		named += sizes[name]
	}
	if named == 0 {
		return nil, errors.New("no symbol of the program belongs to a package that it links")
	}
	// What has no name of its own, above all the table of functions, types and strings, goes with what has one.
	weigh := func(kept map[string]bool) (sum float64) {
		for name := range kept {
			sum += sizes[name]
		}
		return sum / named * whole
	}
	out := make([]float64, len(all)+1)
	before := weigh(reached(linked, nil))
	for i := len(all) - 1; i >= 0; i-- {
		var gone []string
		for _, a := range all[i:] {
			gone = append(gone, a.packages...)
		}
		for _, pattern := range all[i].packages {
			if !anyMatches(linked, pattern) {
				return nil, fmt.Errorf("%q of %q is in no package that the program links", pattern, all[i].what)
			}
		}
		without := weigh(reached(linked, gone))
		out[i+1] = before - without
		before = without
	}
	out[0] = before
	return out, nil
}

// linkedPackage is one package of the program.
type linkedPackage struct {
	ImportPath string
	Imports    []string
	// ImportMap is where the standard library finds what it imports from others.
	ImportMap map[string]string
	Dir       string
	// EmbedFiles are files that the package holds, whose bytes have no symbol.
	EmbedFiles []string
}

// linkedPackages lists what cmd/lintel links.
func linkedPackages(ctx context.Context) (map[string]linkedPackage, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Imports,ImportMap,Dir,EmbedFiles", module+"cmd/lintel")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages of cmd/lintel: %w", err)
	}
	all := map[string]linkedPackage{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linkedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		all[p.ImportPath] = p
	}
}

// reached are the packages that cmd/lintel needs when some are gone.
func reached(linked map[string]linkedPackage, gone []string) map[string]bool {
	seen := map[string]bool{}
	next := []string{module + "cmd/lintel", "runtime"}
	for len(next) > 0 {
		name := next[len(next)-1]
		next = next[:len(next)-1]
		p, ok := linked[name]
		if !ok || seen[name] || slices.ContainsFunc(gone, func(pattern string) bool { return matches(name, pattern) }) {
			continue
		}
		seen[name] = true
		for _, imported := range p.Imports {
			if mapped := p.ImportMap[imported]; mapped != "" {
				imported = mapped
			}
			next = append(next, imported)
		}
	}
	return seen
}

func anyMatches(linked map[string]linkedPackage, pattern string) bool {
	for name := range linked {
		if matches(name, pattern) {
			return true
		}
	}
	return false
}

// matches reports whether a package is meant by a pattern of an addition.
func matches(name, pattern string) bool {
	if first, _, _ := strings.Cut(pattern, "/"); !strings.Contains(first, ".") {
		pattern = module + "internal/" + pattern
	}
	folder, below := strings.CutSuffix(pattern, "/")
	return name == folder || below && strings.HasPrefix(name, folder+"/")
}

// symbols builds the program with its symbols and sums their sizes by package, with the bytes of embedded files.
func symbols(ctx context.Context, folder string, linked map[string]linkedPackage) (map[string]float64, error) {
	path := filepath.Join(folder, "lintel-symbols")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, module+"cmd/lintel")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build cmd/lintel with symbols: %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "nm", "-size", path).Output()
	if err != nil {
		return nil, fmt.Errorf("list the symbols of the program: %w", err)
	}
	sizes, err := sumSymbols(bytes.NewReader(out))
	if err != nil {
		return nil, err
	}
	return sizes, addEmbedded(sizes, linked)
}

// addEmbedded adds the bytes of embedded files, equal files once, as the linker keeps them.
func addEmbedded(sizes map[string]float64, linked map[string]linkedPackage) error {
	seen := map[string]bool{}
	for name, p := range linked {
		for _, f := range p.EmbedFiles {
			body, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				return fmt.Errorf("weigh an embedded file: %w", err)
			}
			if digest := text.Digest(body); !seen[digest] {
				seen[digest] = true
				sizes[name] += float64(len(body))
			}
		}
	}
	return nil
}

// sumSymbols reads what go tool nm -size writes. Zeroed data, which no file holds, and what belongs to no package are
// left out. The table of functions, about 30 % of the file, is shared out by the size of their code, as data has no part
// in it.
func sumSymbols(nm io.Reader) (map[string]float64, error) {
	code, sizes := map[string]float64{}, map[string]float64{}
	allCode := 0.0
	at := map[string]uint64{}
	lines := bufio.NewScanner(nm)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.Contains("TtRrd", fields[2]) {
			continue
		}
		if strings.HasSuffix(fields[3], "pclntab") {
			at[fields[3]], _ = strconv.ParseUint(fields[0], 16, 64)
		}
		size, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			continue
		}
		if strings.Contains("Tt", fields[2]) {
			code[packageOf(fields[3])] += size
			allCode += size
			continue
		}
		sizes[packageOf(fields[3])] += size
	}
	table := float64(at["runtime.epclntab"] - at["runtime.pclntab"])
	for name, size := range code {
		sizes[name] += size * (1 + table/allCode)
	}
	return sizes, lines.Err()
}

// packageOf is the package of a symbol: what stands before the first dot after the last slash that is no part of type
// arguments. The linker writes dots in the last part of a path as %2e.
func packageOf(symbol string) string {
	symbol = strings.TrimPrefix(strings.TrimPrefix(symbol, "go:itab."), "*")
	path, _, _ := strings.Cut(symbol, ",")
	path, _, _ = strings.Cut(path, "[")
	slash := strings.LastIndex(path, "/") + 1
	if open := strings.IndexByte(path, '('); open >= 0 {
		slash = strings.LastIndex(path[:open], "/") + 1
	}
	last, _, _ := strings.Cut(path[slash:], ".")
	return strings.ReplaceAll(path[:slash]+last, "%2e", ".")
}
