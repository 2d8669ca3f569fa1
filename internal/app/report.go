package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/uploader"
	"github.com/lintel-review/lintel/internal/usage"
)

// ReportRequest is one "lintel report upload" or "lintel report finalise". What is empty is taken from the CI that the job runs in.
type ReportRequest struct {
	// Files are the reports' names, - for the terminal's input. Kind, Format, Flag, Part and Base are of all of them.
	Files                    []string
	Kind, Format, Flag, Part string
	Base                     bool

	Server, TokenFile                   string
	SHA, Measured, Repository, Run, Job string
	Attempt                             int
	// Tries is how often one request is tried.
	Tries int
	// Artifact is a folder for the reports of a job that can have no token; empty makes that an error.
	Artifact string
	// Getenv reads the environment.
	Getenv func(string) string
}

// The environment that stands in for flags.
const (
	serverVariable = "LINTEL_SERVER"
	tokenVariable  = "LINTEL_UPLOAD_TOKEN"
)

// sending is what upload and finalise share.
type sending struct {
	ci     ci.Job
	target ci.Target
	client *uploader.Client
	// tokenless says why the job can have no token; empty when it has one.
	tokenless string
}

// SendReports hands reports in. It is false when the server refused one.
func SendReports(ctx context.Context, t terminal.Terminal, req ReportRequest) (taken bool, err error) {
	if len(req.Files) > 1 && req.Part != "" {
		return false, &usage.Error{What: "--part names one piece, and there is more than one file", Remedy: "upload the files one by one"}
	}
	for name, value := range map[string]string{"--flag": req.Flag, "--part": req.Part} {
		if !upload.IsFlag(value) {
			return false, &usage.Error{What: fmt.Sprintf("%s %q has other characters than letters, digits and . _ / -, or more than 100", name, value), Remedy: "name it plainly, such as unit"}
		}
	}
	for _, name := range req.Files {
		// A file that is not there is the mistake of whoever wrote the job; what its environment lacks is looked at afterwards.
		if info, err := os.Stat(name); name != "-" && err != nil {
			return false, terminal.Unreadable("report", name, err)
		} else if name != "-" && info.IsDir() {
			return false, terminal.Unreadable("report", name, errors.New("it is a folder"))
		}
	}
	s, err := prepareSending(ctx, t, req)
	if err != nil {
		return false, err
	}
	if s.tokenless != "" && req.Artifact == "" {
		return false, &usage.Error{What: s.tokenless, Remedy: "write the reports to a folder with --artifact and upload that as an artifact, as docs/ci.md shows"}
	}
	var refused []error
	for i, name := range req.Files {
		r, err := packFile(t, name, req)
		if err != nil {
			return false, err
		}
		if len(req.Files) > 1 {
			// Several files under one flag are pieces of it; without names of their own each would take the place of the one before.
			r.Part = fmt.Sprint(i + 1)
		}
		if s.tokenless != "" {
			if err := uploader.WriteArtifact(req.Artifact, s.target, r); err != nil {
				return false, err
			}
			t.Notef("%s: this job can have no token; the report is in %q, to be uploaded as an artifact whose name begins with %s", r.Name, req.Artifact, uploader.ArtifactPrefix)
			continue
		}
		answer, err := s.client.Send(ctx, s.target, r)
		if refusal, ok := errors.AsType[*uploader.Refusal](err); ok && refusal.Status != 0 {
			t.Notef("%s: %s", r.Name, refusal)
			refused = append(refused, err)
			continue
		}
		if err != nil {
			return false, fmt.Errorf("send %s: %w", r.Name, err)
		}
		printAnswer(t, r.Name, answer)
	}
	return len(refused) == 0, nil
}

// FinaliseReports says that CI has sent all it will send for a commit. It is false when the server refused that.
func FinaliseReports(ctx context.Context, t terminal.Terminal, req ReportRequest) (taken bool, err error) {
	s, err := prepareSending(ctx, t, req)
	if err != nil {
		return false, err
	}
	if s.tokenless != "" {
		// That is no fault of the job, which must not turn red for it.
		t.Notef("%s; nothing is said, and what is missing is named at the deadline", s.tokenless)
		return true, nil
	}
	_, err = s.client.Finalise(ctx, s.target)
	if refusal, ok := errors.AsType[*uploader.Refusal](err); ok && refusal.Status != 0 {
		t.Notef("%s", refusal)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("say that all reports are sent: %w", err)
	}
	t.Notef("said that all reports of %s are sent", change.Short(s.target.SHA))
	return true, nil
}

// printAnswer prints what became of a report.
func printAnswer(t terminal.Terminal, name string, a uploader.Answer) {
	what := a.Kind
	if a.Format != "" {
		what += " (" + a.Format + ")"
	}
	if a.Flag != "" {
		what += ", flag " + a.Flag
	}
	if a.Part != "" {
		what += ", part " + a.Part
	}
	end := map[string]string{"repeat": "was there already", "older": "is older than what is there, and was left out", "unread": "is read by no rule, and was left out"}[a.Outcome]
	if end == "" {
		end = "is taken; " + text.Count(a.Changes, "pull request") + " will be judged with it"
	}
	t.Notef("%s: %s, for %s, %s", name, what, change.Short(a.SHA), end)
	for _, note := range a.Notes {
		t.Notef("%s: note: %s", name, note)
	}
}

// prepareSending finds the CI, the commit, the server and a token.
func prepareSending(ctx context.Context, t terminal.Terminal, req ReportRequest) (sending, error) {
	job, err := detectCI(ctx, req.Getenv)
	if err != nil {
		if req.SHA == "" {
			return sending{}, err
		}
		t.Notef("%s; the commit is the one of --sha", err)
	}
	s := sending{ci: job, target: job.Target}
	if head, err := git.Open(".").Resolve(ctx, "HEAD"); err == nil && !s.ci.Elsewhere {
		// What is checked out is what was measured, whatever the CI's variables say.
		s.target.Measured = head
	}
	if req.SHA != "" {
		s.target.SHA = strings.ToLower(req.SHA)
	}
	if req.Measured != "" {
		s.target.Measured = strings.ToLower(req.Measured)
	}
	for _, f := range []struct{ given, at *string }{{&req.Repository, &s.target.Repository}, {&req.Run, &s.target.Run}, {&req.Job, &s.target.Job}} {
		if *f.given != "" {
			*f.at = *f.given
		}
	}
	if req.Attempt != 0 {
		s.target.Attempt = req.Attempt
	}
	if !upload.IsSHA(s.target.SHA) {
		what := fmt.Sprintf("the commit %q is no whole commit id", s.target.SHA)
		if s.target.SHA == "" {
			what = "it is not known which commit the report is about: no CI was recognised that says it"
		}
		return s, &usage.Error{What: what, Remedy: "name the head of the pull request with --sha, 40 hexadecimal digits"}
	}
	server := cmp.Or(req.Server, req.Getenv(serverVariable))
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		what := fmt.Sprintf("%q is no address of a server", server)
		if server == "" {
			what = "the server's address is missing"
		}
		return s, &usage.Error{What: what, Remedy: "name it with --server or " + serverVariable + ", such as https://lintel.example"}
	}
	s.client = &uploader.Client{Server: server, HTTP: uploader.NewHTTP(), Attempts: req.Tries, Sleep: sleep, Progress: progress(t),
		Again: func(err error, wait time.Duration) {
			t.Notef("%s; again in %s", err, wait.Round(100*time.Millisecond))
		}}
	s.client.Token, s.tokenless, err = s.token(ctx, req)
	return s, err
}

// token says how to get a token: from a file, from the environment, or from GitHub Actions.
func (s sending) token(ctx context.Context, req ReportRequest) (get func(context.Context) (string, error), tokenless string, err error) {
	text := req.Getenv(tokenVariable)
	if req.TokenFile != "" {
		file, err := terminal.ReadFile(ctx, "--token-file", req.TokenFile, 64<<10)
		if err != nil {
			return nil, "", err
		}
		text = string(file)
	}
	text = strings.TrimSpace(text)
	switch {
	case text != "" && strings.ContainsAny(text, " \t\r\n"):
		return nil, "", &usage.Error{What: "the upload token has white space in it", Remedy: "give the one line that lintel token printed"}
	case text != "":
		return func(context.Context) (string, error) { return text, nil }, "", nil
	case s.ci.TokenURL != "" && s.ci.TokenKey != "":
		return uploader.ActionsToken(s.client.HTTP, s.ci.TokenURL, s.ci.TokenKey, strings.TrimRight(s.client.Server, "/")), "", nil
	case s.ci.Fork:
		return nil, "this is a pull request from a fork: GitHub gives its jobs neither an OIDC token nor secrets", nil
	case s.ci.Name == "GitHub Actions":
		return nil, "", &usage.Error{What: "the job has no OIDC token", Remedy: "write permissions: {contents: read, id-token: write} into the job, or give an upload token by " + tokenVariable}
	}
	return nil, "", &usage.Error{What: "there is no upload token", Remedy: "make one with lintel token, keep it as a secret of the CI, and give it by " + tokenVariable + " or --token-file"}
}

func packFile(t terminal.Terminal, name string, req ReportRequest) (uploader.Report, error) {
	r := uploader.Report{Kind: req.Kind, Format: req.Format, Flag: req.Flag, Part: req.Part, Base: req.Base, Name: name}
	in := t.In
	if name == "-" {
		r.Name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return r, terminal.Unreadable("report", name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return r, terminal.Unreadable("report", name, errors.New("it is a folder"))
		}
		in, r.Name = f, filepath.ToSlash(name)
	}
	var plain int64
	var err error
	if r.Body, r.Encoding, plain, err = uploader.Pack(in); err != nil {
		return r, &usage.Error{What: fmt.Sprintf("%s: %s", r.Name, err), Remedy: "split the report, and send its pieces with --part"}
	}
	if plain == 0 {
		return r, &usage.Error{What: r.Name + " is empty", Remedy: "look whether the tool that should have written it ran"}
	}
	return r, nil
}

// sleep waits unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// progress draws how much was sent, on a terminal alone.
func progress(t terminal.Terminal) func(sent, total int64) {
	if !terminal.Is(t.Err) {
		return nil
	}
	return func(sent, total int64) { drawProgress(t.Err, sent, total) }
}

func drawProgress(w io.Writer, sent, total int64) {
	if total == 0 {
		return
	}
	const width = 30
	done := int(width * sent / total)
	end := ""
	if sent == total {
		end = "\r\x1b[K"
	}
	fmt.Fprintf(w, "\r[%s%s] %d of %d kB%s", strings.Repeat("=", done), strings.Repeat(" ", width-done), sent>>10, total>>10, end)
}
