package github_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

func annotations(n int) []*github.CheckRunAnnotation {
	var out []*github.CheckRunAnnotation
	for i := range n {
		out = append(out, &github.CheckRunAnnotation{Path: github.String("x"), StartLine: github.Int(i + 1), EndLine: github.Int(i + 1),
			AnnotationLevel: github.String("warning"), Message: github.String(fmt.Sprint(i))})
	}
	return out
}

func output(n int) *github.CheckRunOutput {
	return &github.CheckRunOutput{Title: github.String("t"), Summary: github.String("s"), Annotations: annotations(n)}
}

// annotated is an output with one annotation.
func annotated(from, to int, level string) *github.CheckRunOutput {
	o := output(1)
	a := o.Annotations[0]
	a.StartLine, a.EndLine, a.AnnotationLevel = &from, &to, &level
	return o
}

func TestCheckRunLimits(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	w.open("topic", fakehub.Files{"x": "1"})
	sha := w.Tip("acme/shop", "topic")
	run, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: sha, Status: github.String("in_progress"), Output: output(50)})
	must(t, err)
	_, _, err = w.app.Checks.UpdateCheckRun(ctx, "acme", "shop", run.GetID(),
		github.UpdateCheckRunOptions{Name: "lintel", Conclusion: github.String("failure"), Output: output(7)})
	must(t, err)
	list, res, err := w.app.Checks.ListCheckRunAnnotations(ctx, "acme", "shop", run.GetID(), &github.ListOptions{PerPage: 50})
	must(t, err)
	if len(list) != 50 || res.NextPage != 2 || res.LastPage != 2 {
		t.Errorf("%d annotations, next page %d of %d", len(list), res.NextPage, res.LastPage)
	}
	got, _, err := w.app.Checks.GetCheckRun(ctx, "acme", "shop", run.GetID())
	must(t, err)
	if got.GetOutput().GetAnnotationsCount() != 57 || got.GetConclusion() != "failure" || got.GetStatus() != "completed" {
		t.Errorf("run %v", got)
	}
	long := strings.Repeat("é", 65536)
	action := func(label, text, id string) []*github.CheckRunAction {
		return []*github.CheckRunAction{{Label: label, Description: text, Identifier: id}}
	}
	ok := action("Re-check", "Look again", "recheck")
	for name, o := range map[string]github.CreateCheckRunOptions{
		"51 annotations":         {Output: output(51)},
		"a long summary":         {Output: &github.CheckRunOutput{Title: github.String("t"), Summary: &long}},
		"a long text":            {Output: &github.CheckRunOutput{Title: github.String("t"), Summary: github.String("s"), Text: &long}},
		"no summary":             {Output: &github.CheckRunOutput{Title: github.String("t")}},
		"no conclusion":          {Status: github.String("completed")},
		"a made-up conclusion":   {Conclusion: github.String("fine")},
		"four actions":           {Actions: append(append(append(ok, ok...), ok...), ok...)},
		"a long label":           {Actions: action(strings.Repeat("x", 21), "y", "z")},
		"a long description":     {Actions: action("x", strings.Repeat("y", 41), "z")},
		"a long identifier":      {Actions: action("x", "y", strings.Repeat("z", 21))},
		"a commit there is not":  {HeadSHA: strings.Repeat("0", 40)},
		"lines the wrong way up": {Output: annotated(3, 2, "notice")},
		"a made-up level":        {Output: annotated(1, 1, "error")},
	} {
		o.Name = "lintel"
		if o.HeadSHA == "" {
			o.HeadSHA = sha
		}
		if _, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop", o); status(err) != 422 {
			t.Errorf("%s: %v, want 422", name, err)
		}
	}
	if _, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{
			Name:       "n",
			HeadSHA:    sha,
			Conclusion: github.String("success"),
			Actions:    append(append(ok, ok...), ok...),
		}); err != nil {
		t.Errorf("three actions: %v", err)
	}
}

func TestCheckRunLists(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	ci, err := w.AddApp(fakehub.AppSpec{ID: 99, Slug: "ci"})
	must(t, err)
	w.open("topic", fakehub.Files{"x": "1"})
	sha := w.Tip("acme/shop", "topic")
	for _, r := range []struct {
		name, conclusion string
		app              int64
	}{{"lintel", "failure", w.App().ID}, {"lintel", "success", w.App().ID}, {"lintel", "success", ci.ID}, {"unit", "", ci.ID}} {
		_, err := w.PostRun("acme/shop", sha, r.name, r.conclusion, r.app)
		must(t, err)
	}
	for _, c := range []struct {
		opts github.ListCheckRunsOptions
		want int
	}{
		{github.ListCheckRunsOptions{}, 3},
		{github.ListCheckRunsOptions{Filter: github.String("all")}, 4},
		{github.ListCheckRunsOptions{CheckName: github.String("lintel")}, 2},
		{github.ListCheckRunsOptions{CheckName: github.String("lintel"), AppID: github.Int64(w.App().ID)}, 1},
		{github.ListCheckRunsOptions{Status: github.String("in_progress")}, 1},
	} {
		got, _, err := w.app.Checks.ListCheckRunsForRef(ctx, "acme", "shop", "heads/topic", &c.opts)
		must(t, err)
		if got.GetTotal() != c.want || len(got.CheckRuns) != c.want {
			t.Errorf("%+v: %d", c.opts, got.GetTotal())
		}
	}
	suites, _, err := w.app.Checks.ListCheckSuitesForRef(ctx, "acme", "shop", sha, nil)
	must(t, err)
	if suites.GetTotal() != 2 || suites.CheckSuites[0].GetConclusion() != "success" || suites.CheckSuites[1].GetStatus() != "in_progress" {
		t.Errorf("suites %v", suites.CheckSuites)
	}
	foreign := w.Runs("acme/shop", sha)[2].ID
	if _, _, err := w.app.Checks.UpdateCheckRun(ctx, "acme", "shop", foreign,
		github.UpdateCheckRunOptions{Name: "lintel", Conclusion: github.String("success")}); status(err) != 403 {
		t.Errorf("changing another App's run: %v", err)
	}
}

// TestRequiredCheckIsBoundToItsApp is the promise the product's own promise hangs on.
func TestRequiredCheckIsBoundToItsApp(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	ci, err := w.AddApp(fakehub.AppSpec{ID: 99, Slug: "ci"})
	must(t, err)
	_, _, err = w.as("olga").Repositories.UpdateBranchProtection(ctx, "acme", "shop", "main", &github.ProtectionRequest{
		RequiredStatusChecks: &github.RequiredStatusChecks{
			Strict: false,
			Checks: &[]*github.RequiredStatusCheck{{Context: "lintel", AppID: github.Int64(w.App().ID)}},
		}})
	must(t, err)
	branch, _, err := w.app.Repositories.GetBranch(ctx, "acme", "shop", "main", 0)
	must(t, err)
	if !branch.GetProtected() {
		t.Error("the branch is not shown as protected")
	}
	n := w.open("topic", fakehub.Files{"x": "1"})
	sha := w.Tip("acme/shop", "topic")
	merge := func() int {
		_, _, err := w.as("wendy").PullRequests.Merge(ctx, "acme", "shop", n, "",
			&github.PullRequestOptions{SHA: sha, MergeMethod: "squash"})
		if err == nil {
			return 200
		}
		return status(err)
	}
	if got := merge(); got != 405 {
		t.Errorf("without a check: %d", got)
	}
	_, err = w.PostRun("acme/shop", sha, "lintel", "success", ci.ID)
	must(t, err)
	must(t, w.PostStatus("acme/shop", sha, "lintel", "success", "wendy"))
	if got := merge(); got != 405 {
		t.Errorf("with a check of that name by another App: %d", got)
	}
	_, err = w.PostRun("acme/shop", sha, "lintel", "failure", w.App().ID)
	must(t, err)
	if v, err := w.Pull("acme/shop", n); err != nil || !strings.Contains(v.Refusal, "failing") || merge() != 405 {
		t.Errorf("with its own check failing: %q %v", v.Refusal, err)
	}
	_, err = w.PostRun("acme/shop", sha, "lintel", "success", w.App().ID)
	must(t, err)
	if got := merge(); got != 200 {
		t.Errorf("with its own check passing: %d", got)
	}
	v, err := w.Pull("acme/shop", n)
	must(t, err)
	if !v.Merged || w.Tip("acme/shop", "main") != v.MergeSHA {
		t.Errorf("merged: %+v", v)
	}
	after, _, err := w.app.PullRequests.Get(ctx, "acme", "shop", n)
	must(t, err)
	if after.GetChangedFiles() != 1 || after.GetMergedBy().GetLogin() != "wendy" {
		t.Errorf("after the merge: %d files, by %s", after.GetChangedFiles(), after.GetMergedBy().GetLogin())
	}
}
