package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed testdata/suite/nil-map.txtar
var pullRequest []byte

// modelStory asks each model of the server twice: "doctor model" examines it, and "eval" has it advise on a pull
// request with one known defect.
func modelStory(ctx context.Context, n *narrator, s *site) error {
	if err := n.step("the model server listens", func() (string, error) { return "", s.startModels(ctx) }); err != nil {
		return err
	}
	type end struct {
		result string
		err    error
	}
	all := scenes()
	ends := make([]chan end, len(all))
	room := make(chan struct{}, 4) // most of a scene is waiting
	for i, sc := range all {
		ends[i] = make(chan end, 1)
		go func() {
			room <- struct{}{}
			defer func() { <-room }()
			result, err := s.play(ctx, sc)
			ends[i] <- end{result, err}
		}()
	}
	// All scenes are told, and no process outlives the story.
	var failed error
	for i, sc := range all {
		e := <-ends[i]
		failed = errors.Join(failed, n.step(sc.what, func() (string, error) { return e.result, e.err }))
	}
	return errors.Join(failed,
		n.step("what the server was sent holds no secret, and the author's words in the summary's question alone",
			func() (string, error) { return s.sent(ctx, all) }))
}

// startModels writes the fixtures, the suite and the program's file, and starts the server.
func (s *site) startModels(ctx context.Context) error {
	server, err := json.Marshal(object{"model": object{"endpoint": s.hub + "/v1", "local_only": true, "timeout": patienceOfModel.String()}})
	if err != nil {
		return err
	}
	answers, err := json.Marshal(fixtures())
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"model.yml": server, "fixtures/all.json": answers, "suite/nil-map.txtar": pullRequest} {
		path := filepath.Join(s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			return err
		}
	}
	s.emulator, err = s.start("aimock", s.node, s.script, "--port", s.emulatorPort, "--fixtures", filepath.Join(s.dir, "fixtures"),
		"--strict", "--validate-on-load", "--journal-max", "0", "--log-level", "warn")
	if err != nil {
		return err
	}
	return s.answers(ctx, s.hub+"/health")
}

// play has the program meet one model, and says what it made of it.
func (s *site) play(ctx context.Context, sc scene) (string, error) {
	began := time.Now()
	status, out, err := s.command(ctx, "doctor", "model", "--config", "model.yml", "--model-name", sc.model)
	if err != nil {
		return "", err
	}
	want := 1
	if sc.accepted {
		want = 0
	}
	if status != want || !strings.Contains(out, sc.doctor) {
		return "", fmt.Errorf("doctor model ends with %d and lacks %q, or should end with %d:\n%s", status, sc.doctor, want, out)
	}
	if sc.model == "limited-once" {
		// The examination asks once and has used up the one refusal of its own question; those of the others are still to come.
		if status, out, err = s.command(ctx, "doctor", "model", "--config", "model.yml", "--model-name", sc.model); err != nil {
			return "", err
		}
		if status != 0 {
			return "", fmt.Errorf("doctor model ends with %d when the endpoint has room again:\n%s", status, out)
		}
	}
	status, out, err = s.command(ctx, "eval", "--suite", "suite", "--mode", "live", "--config", "model.yml", "--model-name", sc.model)
	if err != nil {
		return "", err
	}
	lacks := []string{"| nil-map | bug | 1 of 1 | 1 |", "| hunks read | 100.0 % (1 of 1)"}
	want = 0
	if sc.notRead != "" {
		// An answer that did not come is no clean bill: the eval fails, and says what was not read and why.
		want = 1
		lacks = []string{"| nil-map | bug | 0 of 1 | 0 |", "not read: the search for defects: ", sc.notRead,
			"nil-map: the change counts as read nothing", "| hunks read | 0.0 % (0 of 1)"}
	}
	for _, l := range lacks {
		if status != want || !strings.Contains(out, l) {
			return "", fmt.Errorf("eval ends with %d and lacks %q, or should end with %d:\n%s", status, l, want, out)
		}
	}
	result := "the defect is found"
	if sc.notRead != "" {
		_, result, _ = strings.Cut(out, "not read: the search for defects: ")
		result, _, _ = strings.Cut(result, " |")
		result, _, _ = strings.Cut(result, "; not read")
		result = "not read: " + result
	}
	return fmt.Sprintf("%s (%.1fs)", result, time.Since(began).Seconds()), nil
}

// command runs the program and gives its status and all that it wrote. It is an error when it does not end, or repeats what it must not.
func (s *site) command(ctx context.Context, args ...string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir, cmd.Env = s.dir, environment()
	raw, err := cmd.CombinedOutput()
	out := string(raw)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, out, fmt.Errorf("lintel %s did not end within %s: %w", args[0], whole, ctx.Err())
	case err != nil && !errors.As(err, &exit):
		return 0, out, fmt.Errorf("lintel %s: %w", args[0], err)
	}
	for _, hidden := range []string{quoted, secret, "panic:"} {
		if strings.Contains(out, hidden) {
			return 0, out, fmt.Errorf("lintel %s repeats %q:\n%s", args[0], hidden, out)
		}
	}
	return cmd.ProcessState.ExitCode(), out, nil
}

// sent reads the server's own record of all requests.
func (s *site) sent(ctx context.Context, all []scene) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.hub+"/__aimock/journal", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var journal []struct {
		Path string
		Body struct {
			Model    string
			Messages []struct{ Role, Content string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&journal); err != nil {
		return "", fmt.Errorf("read the record: %w", err)
	}
	asked, hidden := map[string]int{}, 0
	for _, r := range journal {
		if !strings.HasSuffix(r.Path, "/chat/completions") {
			continue
		}
		text := ""
		for _, m := range r.Body.Messages {
			text += m.Content + "\n"
		}
		if strings.Contains(text, secret) {
			return "", fmt.Errorf("a question to %s holds the secret:\n%s", r.Body.Model, text)
		}
		if strings.Contains(text, "<SECRET_") {
			hidden++
		}
		if strings.Contains(text, "count visits for each page") && !strings.Contains(text, summing) {
			return "", fmt.Errorf("a question to %s holds the title:\n%s", r.Body.Model, text)
		}
		if strings.Contains(text, looking) {
			asked[r.Body.Model]++
		}
	}
	if hidden == 0 {
		return "", errors.New("no question has a placeholder in the secret's place: nothing was tried")
	}
	var wrong error
	for _, sc := range all {
		if asked[sc.model] != sc.asked {
			wrong = errors.Join(wrong,
				fmt.Errorf("%s was asked %d times to look for defects, want %d", sc.model, asked[sc.model], sc.asked))
		}
	}
	return fmt.Sprintf("%d requests", len(journal)), wrong
}
