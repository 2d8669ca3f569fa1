package gitlab_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// held names the test that holds one of GitLab's traps: its folder, its name, and words that it must have, so that a row
// that is taken out of a table is missed.
type held struct{ folder, test, words string }

// The folders of the tests.
const (
	here    = "forge/gitlab"
	doors   = "forge/gitlab/hook"
	stories = "server"
	fakes   = "fake/gitlab"
	doctors = "command/doctor/gitlabproject"
)

// traps are GitLab's numbered edge cases, of which each is a test.
var traps = []struct {
	what  string
	tests []held
}{
	// Events.
	{"a wrong token is answered 401, and nothing is stored", []held{{doors, "TestOnlyOurGitLabGetsIn", `"wrong token"`},
		{stories, "TestStoryGitLabDoor", `secret + "x", "Note Hook"`}, {"web", "TestForgedDeliveries", "a forged delivery was kept"}}},
	{"with a signing token, the right secret token is not enough",
		[]held{{doors, "TestOnlyOurGitLabGetsIn", `"unsigned, with the right token"`}}},
	{"one valid signature of a list; six minutes old; a byte changed", []held{{doors, "TestOnlyOurGitLabGetsIn",
		`"one valid signature of three"`}, {doors, "TestOnlyOurGitLabGetsIn", `"signed six minutes ago"`},
		{doors, "TestOnlyOurGitLabGetsIn", `"signed body, changed by a byte"`}}},
	{"a resend has its Idempotency-Key again: one job", []held{{doors, "TestDeliveryIDs", `"key-1"`},
		{"server/gitlabhooks", "TestRepeatIsLookedAt", ""}}},
	{"equal Event-UUID, different keys: both count", []held{{doors, "TestDeliveryIDs", "X-Gitlab-Event-UUID=same"}}},
	{"the same event by a project's and a group's hook: one look", []held{{doors, "TestOneEventToldTwice", "by the group's hook"}}},
	{"an unknown event and a template without its kind are taken", []held{{stories, "TestStoryGitLabDoor", "Work Item Hook"},
		{doors, "TestWhatDeliveriesMean", `"a template without its kind"`},
		{stories, "TestStoryGitLabBadInput", "Template:"}}},
	{"a busy database: taken, and looked at later", []held{{"server/gitlabhooks", "TestMissedAreStored", ""}}},
	{"a disabled hook: the sweep finds a push, an approval, a retarget", []held{{stories, "TestStoryGitLabDeaf", "Lose: true"}}},
	{"our own note, status and approval ask for no look", []held{{doors, "TestNotes", `"by ourselves"`},
		{doors, "TestWhatDeliveriesMean", `"a pipeline that we made"`}, {doors, "TestWhatDeliveriesMean", `"our own approval"`}}},
	{"an update with no changes", []held{{doors, "TestWhatDeliveriesMean", `"an empty update"`}}},
	{"a push that tells 20 of 25 commits tells no paths", []held{{doors, "TestPushPaths", `"20 of 25"`}}},
	{"a push to four branches has no hook", []held{{fakes, "TestAPushToManyBranchesTellsNothing", ""},
		{stories, "TestStoryGitLabDeaf", "sweep"}}},
	{"an update before its version exists", []held{{here, "TestVersionThatIsLate", "ErrMoved"}}},
	{"approved and approval for one click: one look", []held{{doors, "TestOneEventToldTwice", `"as approved"`}}},
	// Reading.
	{"no diff_refs yet", []held{{fakes, "TestAVersionIsMadeLater", ""}, {here, "TestVersionThatIsLate", "HoldVersions"}}},
	{"the head moves between two reads", []held{{here, "TestHeadThatMoves", `"/merge_requests/1/diffs"`}}},
	{"a file above 20 KB comes empty, and its lines from blobs", []held{{here, "TestFiles", `"long.txt": "modified text +1 -0`},
		{stories, "TestStoryGitLabBadInput", "comes collapsed"}}},
	{"a file that is too large is a gap", []held{{here, "TestFiles", "diff.lines huge.txt: "}}},
	{"a count that ends in +", []held{{here, "TestManyFiles", "DiffFiles: 20"}}},
	{"files over pages of thirty", []held{{here, "TestManyFiles", "GitLab lists 30 of 65 changed files"}}},
	{"a rename with another mode and an empty diff", []held{{here, "TestFiles", "pure_rename +0 -0 100644>100755"}}},
	{"a nested path with dots, renamed and taken by another", []held{{here, "TestPathOfAnother", "acme/tools/shop.web"},
		{stories, "TestStoryGitLabBadInput", "took over"}}},
	{"a fork that is gone", []held{{here, "TestForks", "DeleteProject"}}},
	{"hidden groups among the approvers", []held{{doctors, "TestGates", `"a hidden group"`}}},
	{"an approval in the second of a push", []held{{here, "TestApprovals", "s.clock"}}},
	{"an amended message keeps GitLab's approval, and is judged", []held{{stories, "TestStoryGitLabApproval", "an amended message"}}},
	{"an inherited member of a group approves", []held{{here, "TestOwners", "direct members of acme/tools"}}},
	{"an Owner does not satisfy @@maintainer", []held{{here, "TestOwners", "maintainers of the project"}}},
	{"squash asked for, and never allowed", []held{{here, "TestHowItLands", `"never"`}}},
	{"a squash template with an unknown variable", []held{{here, "TestHowItLands", "%{issues}"}}},
	{"429 without headers", []held{{here, "TestLimits", `"no headers"`},
		{stories, "TestStoryGitLabBadInput", "429 without headers"}}},
	{"no X-Total", []held{{here, "TestManyFiles", "HideTotals(true)"}}},
	// The gate.
	{"running twice is done, not an error", []held{{here, "TestStatusGoesToTheHeadPipeline", "running twice"},
		{fakes, "TestStatusesFollowGitLabsRules", "Cannot transition"}}},
	{"a pipeline after our success gets the verdict", []held{{here, "TestStatusGoesToTheHeadPipeline",
		"the new pipeline did not get the verdict"}}},
	{"a pipeline of merged results: the status stands at its commit", []held{{stories, "TestStoryGitLabTrain", "{Merged: true}"}}},
	{"no pipeline yet, with CI: nothing is posted", []held{{here, "TestStatusGoesToTheHeadPipeline",
		"statuses were posted without a pipeline"}}},
	{"no CI: our pipeline, which merges only when green", []held{{here, "TestStatusWithoutCI", "p.NoJobs = true"}}},
	{"a fork without a pipeline in the project", []held{{here, "TestStatusWithoutCI", `"unavailable"`}}},
	{"one branch pipeline for two requests, lax and strict: red", []held{{stories, "TestStoryGitLabSharedPipeline", `"strict"`}}},
	{"somebody posts a status of our name; a job has it", []held{{here, "TestStatusOfSomebodyElse", `By: "dev"`},
		{fakes, "TestStatusesFollowGitLabsRules", "has already been taken"}}},
	{"skipped pipelines count as succeeded: the doctor warns", []held{{doctors, "TestGates", `"skipped"`}}},
	{"409 for an old head decides nothing", []held{{fakes, "TestExternalStatusChecks", "409"},
		{here, "TestExternalCheckHolds", "s.push"}}},
	{"a retarget without a new head: a passed check is failed first", []held{{stories, "TestStoryGitLabRetargetedDraft", ""},
		{"server/gitlabhooks", "TestMergingIsSuspendedFirst", `"perhaps a retarget"`}}},
	{"the bot is gone from its rule: red, and said", []held{{doctors, "TestGates", `"a deleted approver"`},
		{here, "TestNoteSaysAutoApproved", "Auto approved"}, {stories, "TestStoryGitLabDeletedBot", "Auto approved"}}},
	{"the bot opened the merge request", []held{{here, "TestOurOwnRequest", "own user opened the merge request"}}},
	{"a token that ends soon, and one that is rotated while a write is under way", []held{{here, "TestSweep", "TokenEnds"},
		{here, "TestTokenIsRotated", "in flight"}}},
	{"a train's pipelines: each car gets its own verdict", []held{{stories, "TestStoryGitLabTrain", "{Train: true}"}}},
	{"auto-merge set before the verdict: running is posted first", []held{{here, "TestAutoMergeWaitsForTheVerdict", "ci_still_running"}}},
	// Text.
	{"threads on added, unchanged and deleted lines and in a renamed file", []held{{here, "TestThreads", `"a line of a renamed file"`}}},
	{"a place outside the diff", []held{{here, "TestThreads", `"a file that did not change"`}}},
	{"GitLab answers with a plain note", []held{{here, "TestNoteOfNoPlace", ""}}},
	{"suggestions of several lines, and of code with a fence", []held{{"markdown", "TestSuggestions", "suggestion:-2+0"},
		{here, "TestThreads", "````suggestion:-1+0"}}},
	{"61 notes in a minute: the verdict does not wait", []held{{here, "TestNotesHaveALimitOfTheirOwn", ""}}},
	{"our note among many, after a lost receipt", []held{{here, "TestNote", "a lost receipt"}}},
	{"mentions, references and commands of others do nothing", []held{{"markdown", "TestStoryTextDoesNothingOnGitLab", `"/merge"`},
		{"markdown", "TestStoryTextDoesNothingOnGitLab", `"@all"`}, {"markdown", "TestStoryTextDoesNothingOnGitLab", `"!12"`}}},
	// Identity.
	{"id_tokens: another instance, a name for an id, a fork's, a replayed one, merged results", []held{
		{"oidc", "TestGitLab", `"another instance"`}, {"oidc", "TestGitLab", `"sub": "anything"`},
		{stories, "TestStoryGitLabReports", "a fork's job"}, {stories, "TestStoryGitLabReports", "merged results"},
		{stories, "TestStoryGitLabReports", "each part once"}}},
}

// TestEachTrapIsATest: each of the 57 numbered edge cases names tests that exist and speak of it.
func TestEachTrapIsATest(t *testing.T) {
	if len(traps) != 57 {
		t.Fatalf("%d traps are listed, want 57", len(traps))
	}
	sources := map[string]string{}
	for i, trap := range traps {
		for _, h := range trap.tests {
			if _, read := sources[h.folder]; !read {
				sources[h.folder] = testsOf(t, filepath.Join("..", "..", filepath.FromSlash(h.folder)))
			}
			_, body, found := strings.Cut(sources[h.folder], "\nfunc "+h.test+"(")
			body, _, _ = strings.Cut(body, "\n}\n")
			about := aboutTest(sources[h.folder], h.test)
			if !found || !strings.Contains(about+body, h.words) {
				t.Errorf("%d, %s: no test %s of internal/%s holds %q", i+1, trap.what, h.test, h.folder, h.words)
			}
		}
		if len(trap.tests) == 0 {
			t.Errorf("%d, %s: no test holds it", i+1, trap.what)
		}
	}
}

// aboutTest is the comment above a test.
func aboutTest(source, test string) string {
	above, _, _ := strings.Cut(source, "\nfunc "+test+"(")
	return above[strings.LastIndex(above, "\n\n")+1:]
}

// testsOf is the text of a folder's files of Go, tests among them.
func testsOf(t *testing.T, folder string) (all string) {
	t.Helper()
	names, err := fs.Glob(os.DirFS(folder), "*.go")
	must(t, err)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, name))
		must(t, err)
		all += "\n" + string(text)
	}
	return all
}

// TestTokenIsRotated: the old value of a token dies at once. A write in flight is refused then, which is no success, and goes
// through with the new value, which is read anew for each call: what was written stays one note of one user.
func TestTokenIsRotated(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	secret := s.bot.Secret
	next := ""
	between := &pushing{before: "/notes", push: func() {
		made, _, err := s.bots(t).PersonalAccessTokens.RotatePersonalAccessTokenSelf(nil)
		must(t, err)
		next = made.Token
	}}
	f := s.forge(t, func(o *gitlab.Options) {
		s.options(o)
		o.Transport, o.Token = between, func() (string, error) { return secret, nil }
	})
	note := effect.Effect{Key: "one", Ref: s.ref, Comment: &effect.Comment{Body: "refused"}}
	if r, err := f.Apply(t.Context(), note, false); err == nil || r.RemoteID != "" || next == "" {
		t.Fatalf("a write in flight with a token that ended: %+v, %v", r, err)
	}
	secret = next
	r, err := f.Apply(t.Context(), note, true)
	must(t, err)
	s.bot.Secret = next
	if again, err := f.Apply(t.Context(), note, true); err != nil || !again.Found || again.RemoteID != r.RemoteID {
		t.Errorf("the note is written twice: %+v, %v", again, err)
	}
}
