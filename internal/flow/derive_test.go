package flow_test

import (
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/flow"
)

// TestStages is the list of traps: each is a life that some tool counts wrongly.
func TestStages(t *testing.T) {
	for _, tt := range []struct{ name, story, want string }{
		{"plain", "commit@-30 sha=a committed=-30; opened@0 ann; reviewed@60 bob approved; merged@90 ann",
			"30|60 0 30 - 0 0=90"},
		{"nobody reviewed", "opened@0 ann; merged@90 ann", "-|- - - 90 0 0=90"},
		{"reviewed, never approved", "opened@0 ann; reviewed@30 bob commented; merged@90 ann", "-|30 - - 60 0 0=90"},
		{"opened as a draft: the clock starts when ready", "opened@0 ann; drafted@0; ready@100 ann; " +
			"reviewed@160 bob approved; merged@170",
			"-|60 0 10 - 0 0=70"},
		{"opened as a draft, seen only by its end", "opened@0 ann; ready@100 ann; reviewed@160 bob approved; merged@170",
			"-|60 0 10 - 0 0=70"},
		{"a draft again", "opened@0 ann; reviewed@10 bob changes_requested; drafted@20 ann; ready@50 ann; " +
			"reviewed@60 bob approved; merged@70",
			"-|10 20 10 - 30 0=70"},
		{"a review of the draft is no pickup", "opened@0 ann; drafted@0; reviewed@10 bob commented; " +
			"ready@20; reviewed@50 bob approved; merged@60",
			"-|30 0 10 - 0 0=40"},
		{"approved as a draft: it waits for the merge alone", "opened@0 ann; drafted@0; reviewed@10 bob approved; ready@20; merged@60",
			"-|- - 40 - 0 0=40"},
		{"a bot was first", "opened@0 ann; reviewed@1 robot commented; commented@2 robot; reviewed@40 bob approved; merged@50",
			"-|40 0 10 - 0 0=50"},
		{"a bot approved", "opened@0 ann; reviewed@1 robot approved; merged@50", "-|- - - 50 0 0=50"},
		{"the author replied by a review", "opened@0 ann; reviewed@5 ann commented; reviewed@40 bob approved; merged@50",
			"-|40 0 10 - 0 0=50"},
		{"a pending review counts when it is submitted",
			"opened@0 ann; commented@10 bob inline review=77; reviewed@45 bob commented review=77; reviewed@50 bob approved; merged@60",
			"-|45 5 10 - 0 0=60"},
		{"the review of a comment was lost", "opened@0 ann; commented@10 bob inline review=77; merged@60", "-|10 - - 50 0 0=60"},
		{"approved after the merge", "opened@0 ann; merged@50 ann; reviewed@60 bob approved", "-|- - - 50 0 0=50"},
		{"dismissed approval", "opened@0 ann; reviewed@10 bob approved review=5; review_dismissed@20 review=5; merged@50",
			"-|10 - - 40 0 0=50"},
		{"taken back without an id", "opened@0 ann; reviewed@10 bob approved review=5; review_dismissed@20 bob reviewer=bob; merged@50",
			"-|10 - - 40 0 0=50"},
		{"somebody else's was taken back",
			"opened@0 ann; reviewed@10 bob approved review=5; review_dismissed@20 cyd reviewer=cyd; merged@50",
			"-|10 0 40 - 0 0=50"},
		{"all were taken back by a push, and one given again", "opened@0 ann; reviewed@10 bob approved review=5; " +
			"reviewed@12 cyd approved review=6; review_dismissed@20 ann; reviewed@30 bob approved review=7; merged@50",
			"-|10 20 20 - 0 0=50"},
		{"approved anew after a dismissal",
			"opened@0 ann; reviewed@10 bob approved review=5; review_dismissed@20 review=5; reviewed@30 bob approved; merged@50",
			"-|10 20 20 - 0 0=50"},
		{"approval taken back by the same person", "opened@0 ann; reviewed@10 bob approved; reviewed@20 bob changes_requested; merged@50",
			"-|10 - - 40 0 0=50"},
		{"a comment takes no approval back", "opened@0 ann; reviewed@10 bob approved; reviewed@20 bob commented; merged@50",
			"-|10 0 40 - 0 0=50"},
		{"two approvals: the last one", "opened@0 ann; reviewed@10 bob approved; reviewed@30 cyd approved; merged@50",
			"-|10 20 20 - 0 0=50"},
		{"closed and reopened", "opened@0 ann; closed@10 ann; reopened@40 ann; reviewed@50 bob approved; merged@60",
			"-|20 0 10 - 0 30=60"},
		{"closed as a draft: counted once",
			"opened@0 ann; drafted@10 ann; closed@20 ann; reopened@40 ann; ready@50 ann; reviewed@60 bob approved; merged@70",
			"-|20 0 10 - 20 20=70"},
		{"the forge tells of a merge twice", "opened@0 ann; closed@50 ann; merged@50 ann", "-|- - - 50 0 0=50"},
		{"closed for good", "opened@0 ann; reviewed@10 bob commented; closed@50 ann", "-|10 - - - - -=-"},
		{"open", "opened@0 ann", "-|- - - - - -=-"},
		{"rebased after it was opened: the authors' times stay",
			"commit@-30 sha=a committed=-30; opened@0 ann; commit@-30 sha=b committed=40; merged@50", "30|- - - 50 0 0=50"},
		{"an old commit taken over after the opening does not begin it",
			"commit@-30 sha=a committed=-30; opened@0 ann; commit@-900 sha=b committed=20; merged@50", "30|- - - 50 0 0=50"},
		{"only the rebased commits are known", "opened@0 ann; commit@-30 sha=b committed=40; merged@50", "30|- - - 50 0 0=50"},
		{"a commit after the opening does not begin it", "opened@0 ann; commit@20 sha=b committed=20; merged@50", "-|- - - 50 0 0=50"},
		{"a ghost reviewed", "opened@0 ann; reviewed@10 ghost approved; merged@50", "-|10 0 40 - 0 0=50"},
		{"a ghost's own", "opened@0 ghost; reviewed@10 ghost commented; merged@50", "-|- - - 50 0 0=50"},
		{"merged before it was opened: bad data", "opened@50 ann; merged@10 ann", "-|- - - - - -=-"},
	} {
		f, ok := flow.Derive(life(t, tt.story), flow.Given{})
		if got := shown(f.Stages); !ok || got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestFacts are the traps about all that is no stage.
func TestFacts(t *testing.T) {
	for _, tt := range []struct {
		name, story string
		show        func(flow.Fact) any
		want        string
	}{
		{"rounds: two of them", "opened@0 ann; reviewed@10 bob changes_requested; pushed@20 ann sha=a; reviewed@30 bob commented; " +
			"reviewed@31 cyd commented; pushed@40 ann sha=b; pushed@41 ann sha=c; reviewed@50 bob approved; merged@60",
			func(f flow.Fact) any { return f.Rounds }, "2"},
		{"rounds: a forced push that is a rebase", "opened@0 ann; reviewed@10 bob changes_requested; " +
			"pushed@20 ann sha=a forced rebase; merged@60",
			func(f flow.Fact) any { return fmt.Sprint(f.Rounds, f.ForcePushes) }, "0 1"},
		{"rounds: a forced push whose commits are all old",
			"commit@-9 sha=a committed=-9 patch=p; opened@0 ann; reviewed@10 bob changes_requested; pushed@20 ann sha=b forced; " +
				"commit@-9 sha=b committed=19 patch=p; merged@60",
			func(f flow.Fact) any { return fmt.Sprint(f.Rounds, f.ForcePushes, *f.CommitsAfterReview) }, "0 1 0"},
		{"rounds: the reviewer pushed", "opened@0 ann; reviewed@10 bob commented; pushed@20 bob sha=a; merged@60",
			func(f flow.Fact) any { return f.Rounds }, "0"},
		{"rounds: from commits of the past", "opened@0 ann; reviewed@10 bob commented; commit@20 sha=a committed=20; merged@60",
			func(f flow.Fact) any { return f.Rounds }, "1"},
		{"rework: amended", "commit@-9 sha=a committed=-9 patch=p lines=5; opened@0 ann; reviewed@10 bob commented; " +
			"commit@-9 sha=b committed=19 patch=q lines=7; merged@60",
			func(f flow.Fact) any { return fmt.Sprint(*f.CommitsAfterReview, *f.LinesAfterReview) }, "1 7"},
		{"rework: the base merged in", "commit@-9 sha=a committed=-9; opened@0 ann; " +
			"reviewed@10 bob commented; commit@20 sha=m merge; merged@60",
			func(f flow.Fact) any { return *f.CommitsAfterReview }, "0"},
		{"rework: no commit is known", "opened@0 ann; reviewed@10 bob commented; merged@60",
			func(f flow.Fact) any { return f.CommitsAfterReview == nil }, "true"},
		{"comments: apart by who wrote them", "opened@0 ann; commented@1 ann; commented@2 bob; commented@3 robot; commented@4 agent; " +
			"commented@5 bob inline; merged@60", func(f flow.Fact) any { return fmt.Sprint(f.HumanComments, f.BotComments) }, "2 2"},
		{"written by a program", "opened@0 agent; merged@60", func(f flow.Fact) any { return f.AuthorKind }, "ai"},
		{"written by a program, says a label", "opened@0 ann; state@1 labels=x,ai; merged@60",
			func(f flow.Fact) any { return f.AuthorKind }, "ai"},
		{"a bot's", "opened@0 robot; merged@60", func(f flow.Fact) any { return f.AuthorKind }, "bot"},
		{"reopened twice, told three times", "opened@0 ann; closed@1; reopened@2; reopened@3; closed@4; closed@5; reopened@6; merged@60",
			func(f flow.Fact) any { return f.Reopens }, "2"},
		{"merged without a review", "opened@0 ann; commented@5 bob; reviewed@6 robot approved; merged@60 ann",
			func(f flow.Fact) any { return fmt.Sprint(f.MergedUnreviewed, f.SelfMerged) }, "true true"},
		{"merged by another", "opened@0 ann; merged@60 bob",
			func(f flow.Fact) any { return fmt.Sprint(f.MergedUnreviewed, f.SelfMerged) }, "true false"},
		{"merged by its author after an approval", "opened@0 ann; reviewed@6 bob approved; merged@60 ann",
			func(f flow.Fact) any { return fmt.Sprint(f.MergedUnreviewed, f.SelfMerged) }, "false false"},
		{"reverted", "opened@0 ann; merged@60 base=main; reverted@90 other=14 base=main",
			func(f flow.Fact) any { return fmt.Sprint(f.Reverted, f.RevertedBy) }, "true 14"},
		{"reverted by a commit", "opened@0 ann; merged@60; reverted@90 sha=m", func(f flow.Fact) any { return f.Reverted }, "true"},
		{"reverted before it landed is another's", "opened@0 ann; merged@60; reverted@50 other=14",
			func(f flow.Fact) any { return f.Reverted }, "false"},
		{"reverted on another branch", "opened@0 ann; merged@60 base=main; reverted@90 other=14 base=release",
			func(f flow.Fact) any { return f.Reverted }, "false"},
		{"the revert was reverted", "opened@0 ann; merged@60; " +
			"reverted@90 other=13", func(f flow.Fact) any { return f.Reverted }, "false"},
		{"stack: opened on another, landed on default",
			"opened@0 ann; state@0 base=feature default=main; retargeted@40 from=feature base=main; merged@60 base=main default=main",
			func(f flow.Fact) any { return fmt.Sprint(f.Stacked, f.BaseIsDefault) }, "true true"},
		{"stack: landed on the other", "opened@0 ann; state@0 base=feature default=main; merged@60 base=feature default=main",
			func(f flow.Fact) any { return fmt.Sprint(f.Stacked, f.BaseIsDefault) }, "true false"},
		{"merge queue", "opened@0 ann; reviewed@10 bob approved; enqueued@20 bob; dequeued@30; enqueued@40 bob; merged@60",
			func(f flow.Fact) any { return fmt.Sprint(minutes(f.MergeWait), " ", minutes(f.Queue)) }, "50 30"},
		{"a fork's", "opened@0 ann fork; merged@60", func(f flow.Fact) any { return f.Fork }, "true"},
		{"size: the newest state", "opened@0 ann; state@9 sha=b add=7 del=2; state@3 sha=a add=1; merged@60",
			func(f flow.Fact) any { return fmt.Sprint(*f.Additions, *f.Deletions, f.Effective == nil) }, "7 2 true"},
		{"size: what a look measured of the last head", "opened@0 ann; state@9 sha=b add=700; " +
			"measured@8 sha=b add=7; measured@10 sha=a add=5; merged@60",
			func(f flow.Fact) any { return *f.Effective }, "7"},
		{"requests: a review ends one", "opened@0 ann; review_requested@1 reviewer=bob; " +
			"review_requested@2 reviewer=cyd; reviewed@5 bob commented",
			func(f flow.Fact) any { return fmt.Sprint(f.Requested, f.Reviewers) }, "[3] [2]"},
		{"requests: taken back", "opened@0 ann; review_requested@1 reviewer=bob; review_request_removed@2 reviewer=bob",
			func(f flow.Fact) any { return len(f.Requested) }, "0"},
		{"incomplete", "opened@0 ann", func(f flow.Fact) any { return f.Complete }, "false"},
		{"complete", "opened@0 ann; whole@0", func(f flow.Fact) any { return f.Complete }, "true"},
		{"waits: new", "opened@0 ann", waits, "review 0"},
		{"waits: draft", "opened@0 ann; drafted@0", waits, "draft 0"},
		{"waits: ready", "opened@0 ann; drafted@0; ready@7", waits, "review 7"},
		{"waits: words of a reviewer", "opened@0 ann; reviewed@10 bob changes_requested", waits, "author 10"},
		{"waits: more words change nothing", "opened@0 ann; reviewed@10 bob changes_requested; " +
			"reviewed@20 cyd commented", waits, "author 10"},
		{"waits: pushed", "opened@0 ann; reviewed@10 bob changes_requested; pushed@20 ann sha=a", waits, "review 20"},
		{"waits: approved", "opened@0 ann; reviewed@10 bob approved", waits, "merge 10"},
		{"waits: approved, another asks for changes", "opened@0 ann; reviewed@10 bob approved; reviewed@20 cyd changes_requested",
			waits, "author 20"},
		{"waits: approved, pushed", "opened@0 ann; reviewed@10 bob approved; pushed@20 ann sha=a", waits, "merge 10"},
		{"waits: queue", "opened@0 ann; reviewed@10 bob approved; enqueued@20 bob", waits, "queue 20"},
		{"waits: a bot's word is no turn", "opened@0 ann; commented@10 robot", waits, "review 0"},
		{"waits: reopened", "opened@0 ann; closed@5; reopened@8", waits, "review 8"},
	} {
		f, ok := flow.Derive(life(t, tt.story), flow.Given{AILabels: []string{"ai"}, Undone: map[int]bool{13: true}})
		if got := fmt.Sprint(tt.show(f)); !ok || got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func waits(f flow.Fact) any {
	return fmt.Sprint(f.Waits, " ", int(f.WaitingSince.Sub(epoch).Minutes()))
}

// TestDeploy needs a deployment after the merge.
func TestDeploy(t *testing.T) {
	story := "commit@-30 sha=a committed=-30; opened@0 ann; merged@60 ann"
	for _, tt := range []struct {
		minute int
		want   string
	}{{100, "40 130"}, {60, "0 90"}, {59, "- -"}} {
		at := life(t, fmt.Sprintf("pushed@%d", tt.minute))[0].At
		f, _ := flow.Derive(life(t, story), flow.Given{DeployedAt: at})
		if got := minutes(f.Deploy) + " " + minutes(f.Lead); got != tt.want {
			t.Errorf("deployed at %d: %s, want %s", tt.minute, got, tt.want)
		}
	}
}

func TestNoOpening(t *testing.T) {
	if f, ok := flow.Derive(life(t, "reviewed@1 bob approved"), flow.Given{}); ok {
		t.Errorf("a fact without an opening: %+v", f)
	}
}
