package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/command/report"
	"github.com/lintel-review/lintel/internal/terminal"
)

// The files of the scene about coverage.
const (
	stock = "package stock\n\n// Sold counts what was ordered.\nfunc Sold(orders []int) int {\n\tsum := 0\n\tfor _, " +
		"n := range orders {\n\t\tsum += n\n\t}\n\treturn sum\n}\n\n// Left says how many can still be sold.\nfunc " +
		"Left(have int, orders []int) int {\n\treturn max(have-Sold(orders), 0)\n}\n"
	stockTest = "package stock\n\nimport \"testing\"\n\nfunc TestLeft(t *testing.T) {\n\tif Left(5, []int{2}) != 3 || " +
		"Left(1, []int{2}) != 0 {\n\t\tt.Error(\"it cannot count\")\n\t}\n}\n"
)

// covered tells of a change that no test reaches: the check waits for CI's report, refuses, and passes when a test came.
func (s *stage) covered(ctx context.Context, wendy *developer) error {
	s.tell.scene(4, "CI measures the tests, and new lines that no test reaches are refused")
	if path, _ := exec.LookPath("go"); path == "" {
		s.tell.note("  (There is no go on the search path, so there is nothing to measure with; this scene is left out.)")
		return nil
	}
	number, err := s.propose(ctx, wendy, "stock", "feat(stock): say how many are left", map[string]string{"stock/stock.go": stock},
		"feat(stock): say how many are left")
	if err != nil {
		return err
	}
	v, err := s.wait(ctx, number, waiting, "")
	if err != nil {
		return err
	}
	s.tell.step("lintel", "%s", v.title)
	if v, err = s.measure(ctx, wendy, number, refused); err != nil {
		return err
	}
	s.tell.quote(reasons(v.text)...)
	if err := wendy.write(ctx, map[string]string{"stock/stock_test.go": stockTest}); err != nil {
		return err
	}
	if err := wendy.git(ctx, "commit", "-q", "-m", "test(stock): count what is left"); err != nil {
		return err
	}
	if err := s.push(ctx, wendy, "stock", "git commit -m \"test(stock): count what is left\"; git push"); err != nil {
		return err
	}
	if _, err := s.measure(ctx, wendy, number, passed); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

// measure is the job "test" of CI: it runs the tests with go, and hands the profile in as a job of the forge's own CI does,
// with an OIDC token of its run.
func (s *stage) measure(ctx context.Context, d *developer, number int, want state) (*verdict, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-coverprofile=coverage.out", "./...")
	cmd.Dir = d.clone
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run the tests of the shop: %w: %s", err, strings.TrimSpace(output.String()))
	}
	profile := filepath.Join(d.clone, "coverage.out")
	defer os.Remove(profile) // it must not be part of the next commit; that it is gone already is well
	job, err := s.forge.job(ctx, d, number, s.public)
	if err != nil {
		return nil, fmt.Errorf("start a job of CI: %w", err)
	}
	s.tell.step("ci", "go test -coverprofile=coverage.out ./...; lintel report upload coverage.out --kind coverage --flag unit")
	output.Reset()
	sent := time.Now()
	upload := report.Upload{Files: []string{profile}, Kind: "coverage", Format: "auto", Flag: "unit", Measured: job.head}
	upload.Tries = 3
	upload.Getenv = func(name string) string { return job.environment[name] }
	err = upload.Run(ctx, terminal.Terminal{Out: io.Discard, Err: &output})
	if errors.Is(err, terminal.ErrRefused) {
		err = errors.New("the server refused it")
	}
	if err != nil {
		return nil, fmt.Errorf("hand the report in: %w: %s", err, strings.TrimSpace(output.String()))
	}
	v, err := s.wait(ctx, number, want, "")
	if err != nil {
		return nil, err
	}
	s.tell.verdictAfter(v.pass, v.title, v.at.Sub(sent), "the report was sent")
	return v, job.finish()
}
