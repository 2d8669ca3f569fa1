package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/command/report"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
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
	run, err := s.wait(ctx, number, "in_progress", "", "")
	if err != nil {
		return err
	}
	s.tell.step("lintel", "%s", run.Title)
	refused, err := s.measure(ctx, wendy, number, "failure")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(refused.Summary)...)
	if err := wendy.write(ctx, map[string]string{"stock/stock_test.go": stockTest}); err != nil {
		return err
	}
	if err := wendy.git(ctx, "commit", "-q", "-m", "test(stock): count what is left"); err != nil {
		return err
	}
	if err := s.push(ctx, wendy, "stock", "git commit -m \"test(stock): count what is left\"; git push"); err != nil {
		return err
	}
	if _, err := s.measure(ctx, wendy, number, "success"); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

// measure is the job "test" of CI: it runs the tests with go, and hands the profile in as a job of GitHub Actions does,
// with an OIDC token of its run.
func (s *stage) measure(ctx context.Context, d *developer, number int, want string) (fakehub.RunView, error) {
	var none fakehub.RunView
	cmd := exec.CommandContext(ctx, "go", "test", "-coverprofile=coverage.out", "./...")
	cmd.Dir = d.clone
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return none, fmt.Errorf("run the tests of the shop: %w: %s", err, strings.TrimSpace(output.String()))
	}
	profile := filepath.Join(d.clone, "coverage.out")
	defer os.Remove(profile) // it must not be part of the next commit; that it is gone already is well
	run, err := s.hub.StartRun(repo, fakehub.Run{Event: "pull_request", Pull: number})
	if err != nil {
		return none, fmt.Errorf("start a run of CI: %w", err)
	}
	event := filepath.Join(d.home, "event.json")
	text, err := json.Marshal(
		map[string]any{"pull_request": map[string]any{"number": number,
			"head": map[string]any{"sha": run.HeadSHA, "repo": map[string]any{"full_name": repo}}}})
	if err == nil {
		err = os.WriteFile(event, text, 0o600)
	}
	if err != nil {
		return none, fmt.Errorf("describe the event to CI: %w", err)
	}
	environment := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SHA": run.SHA, "GITHUB_REPOSITORY": repo, "GITHUB_RUN_ID": strconv.FormatInt(run.ID, 10),
		"GITHUB_RUN_ATTEMPT": strconv.FormatInt(run.Attempt, 10), "GITHUB_JOB": "test",
		"GITHUB_EVENT_PATH": event, "ACTIONS_ID_TOKEN_REQUEST_URL": run.TokenURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": run.TokenSecret,
		"LINTEL_SERVER": s.url,
	}
	s.tell.step("ci", "go test -coverprofile=coverage.out ./...; lintel report upload coverage.out --kind coverage --flag unit")
	output.Reset()
	sent := time.Now()
	upload := report.Upload{Files: []string{profile}, Kind: "coverage", Format: "auto", Flag: "unit", Measured: run.HeadSHA}
	upload.Tries = 3
	upload.Getenv = func(name string) string { return environment[name] }
	err = upload.Run(ctx, terminal.Terminal{Out: io.Discard, Err: &output})
	if errors.Is(err, terminal.ErrRefused) {
		err = errors.New("the server refused it")
	}
	if err != nil {
		return none, fmt.Errorf("hand the report in: %w: %s", err, strings.TrimSpace(output.String()))
	}
	shown, err := s.wait(ctx, number, "completed", want, "")
	if err != nil {
		return none, err
	}
	s.tell.verdictAfter(shown.Conclusion, shown.Title, shown.Completed.Sub(sent), "the report was sent")
	return shown, s.hub.FinishRun(run.ID, "success")
}
