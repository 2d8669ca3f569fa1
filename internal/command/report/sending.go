package report

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/cijob"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/uploader"
	"github.com/lintel-review/lintel/internal/usage"
)

// sender say to whom reports go and what they are about. In a CI that is recognised, none of them is needed but the server.
type sender struct {
	Server     string `placeholder:"URL" help:"The server's address. Default: LINTEL_SERVER."`
	TokenFile  string `placeholder:"FILE" help:"An upload token. Default: LINTEL_UPLOAD_TOKEN, GitHub Actions' own, or LINTEL_ID_TOKEN."`
	SHA        string `placeholder:"SHA" name:"sha" help:"The head of the pull request or merge request, or the pushed commit. Default: what the CI says."`
	Repository string `placeholder:"OWNER/NAME" help:"The repository on the forge. Default: what the CI or the token says."`
	Run        string `placeholder:"ID" help:"The CI's id of the run."`
	Attempt    int    `placeholder:"N" help:"Which attempt of the run this is, from 1."`
	Job        string `placeholder:"NAME" help:"The job's name."`
	Tries      int    `placeholder:"N" default:"6" help:"How often a request is tried when the server does not answer or is busy. Default: 6, which takes about a minute."`
	// Getenv reads the environment; nil is that of the process.
	Getenv func(string) string `kong:"-"`
}

// getenv reads the environment that the flags do not name.
func (f sender) getenv(name string) string {
	if f.Getenv != nil {
		return f.Getenv(name)
	}
	return os.Getenv(name)
}

// The environment that stands in for flags.
const (
	serverVariable = "LINTEL_SERVER"
	tokenVariable  = "LINTEL_UPLOAD_TOKEN"
	// idTokenVariable is the name that jobs of GitLab CI give their id_token.
	idTokenVariable = "LINTEL_ID_TOKEN"
)

// sending is what upload and finalise share.
type sending struct {
	ci     ci.Job
	target ci.Target
	client *uploader.Client
	// tokenless says why the job can have no token; empty when it has one.
	tokenless string
}

// prepare finds the CI, the commit, the server and a token.
func (f sender) prepare(ctx context.Context, t terminal.Terminal, measured string) (sending, error) {
	job, err := cijob.Detect(ctx, f.getenv)
	if err != nil {
		if f.SHA == "" {
			return sending{}, err
		}
		t.Notef("%s; the commit is the one of --sha", err)
	}
	s := sending{ci: job, target: job.Target}
	if head, err := git.Open(".").Resolve(ctx, "HEAD"); err == nil && !s.ci.Elsewhere {
		// What is checked out is what was measured, whatever the CI's variables say.
		s.target.Measured = head
	}
	if f.SHA != "" {
		s.target.SHA = strings.ToLower(f.SHA)
	}
	if measured != "" {
		s.target.Measured = strings.ToLower(measured)
	}
	for _, o := range []struct {
		given, at *string
	}{{&f.Repository, &s.target.Repository}, {&f.Run, &s.target.Run}, {&f.Job, &s.target.Job}} {
		if *o.given != "" {
			*o.at = *o.given
		}
	}
	if f.Attempt != 0 {
		s.target.Attempt = f.Attempt
	}
	if !upload.IsSHA(s.target.SHA) {
		what := fmt.Sprintf("the commit %q is no whole commit id", s.target.SHA)
		if s.target.SHA == "" {
			what = "it is not known which commit the report is about: no CI was recognised that says it"
		}
		return s, &usage.Error{What: what, Remedy: "name the head of the change with --sha, 40 hexadecimal digits"}
	}
	server := cmp.Or(f.Server, f.getenv(serverVariable))
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		what := fmt.Sprintf("%q is no address of a server", server)
		if server == "" {
			what = "the server's address is missing"
		}
		return s, &usage.Error{What: what, Remedy: "name it with --server or " + serverVariable + ", such as https://lintel.example"}
	}
	s.client = &uploader.Client{Server: server, HTTP: uploader.NewHTTP(), Attempts: max(f.Tries, 1), Sleep: sleep, Progress: progress(t),
		Again: func(err error, wait time.Duration) {
			t.Notef("%s; again in %s", err, wait.Round(100*time.Millisecond))
		}}
	s.client.Token, s.tokenless, err = s.token(ctx, f)
	return s, err
}

// token says how to get a token: from a file, from the environment, or from GitHub Actions.
func (s sending) token(ctx context.Context, f sender) (get func(context.Context) (string, error), tokenless string, err error) {
	text := f.getenv(tokenVariable)
	if f.TokenFile != "" {
		file, err := terminal.ReadFile(ctx, "--token-file", f.TokenFile, 64<<10)
		if err != nil {
			return nil, "", err
		}
		text = string(file)
	}
	if text == "" && s.ci.Name == "GitLab CI" {
		text = f.getenv(idTokenVariable)
	}
	text = strings.TrimSpace(text)
	switch {
	case text != "" && strings.ContainsAny(text, " \t\r\n"):
		return nil, "", &usage.Error{What: "the upload token has white space in it", Remedy: "give the one line that lintel token printed"}
	case text != "":
		return func(context.Context) (string, error) { return text, nil }, "", nil
	case s.ci.TokenURL != "" && s.ci.TokenKey != "":
		return uploader.ActionsToken(s.client.HTTP, s.ci.TokenURL, s.ci.TokenKey, strings.TrimRight(s.client.Server, "/")), "", nil
	case s.ci.Name == "GitLab CI":
		return nil, "", &usage.Error{
			What: "the job has no id_token",
			Remedy: "write id_tokens: { " + idTokenVariable + ": { aud: " + strings.TrimRight(s.client.Server, "/") +
				" } } into the job, or give an upload token by " + tokenVariable + "; the server takes no token of a fork's own job",
		}
	case s.ci.Fork:
		return nil, "this is a pull request from a fork: GitHub gives its jobs neither an OIDC token nor secrets", nil
	case s.ci.Name == "GitHub Actions":
		return nil, "", &usage.Error{
			What:   "the job has no OIDC token",
			Remedy: "write permissions: {contents: read, id-token: write} into the job, or give an upload token by " + tokenVariable,
		}
	}
	return nil, "", &usage.Error{
		What:   "there is no upload token",
		Remedy: "make one with lintel token, keep it as a secret of the CI, and give it by " + tokenVariable + " or --token-file",
	}
}
