package flow_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday

var people = map[string]flow.Actor{
	"ann":   flow.NewActor(1, "ann", "User"),
	"bob":   flow.NewActor(2, "bob", "User"),
	"cyd":   flow.NewActor(3, "cyd", "User"),
	"robot": flow.NewActor(9, "lintel[bot]", "Bot"),
	"agent": flow.NewActor(8, "copilot-swe-agent[bot]", "Bot"),
	"ghost": flow.NewActor(0, "", ""),
}

// life reads "KIND@MINUTE ACTOR key=value ...; ...": a change's life in one string.
func life(t testing.TB, story string) []flow.Event {
	t.Helper()
	var all []flow.Event
	for i, line := range strings.Split(story, ";") {
		words := strings.Fields(line)
		kind, minute, _ := strings.Cut(words[0], "@")
		m, err := strconv.Atoi(minute)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		e := flow.Event{
			Pull: flow.Pull{Forge: "github", RepoID: 7, Number: 12},
			Kind: flow.Kind(kind),
			At:   epoch.Add(time.Duration(m) * time.Minute),
		}
		e.Detail.Review = int64(i) * b2i(kind == "reviewed")
		for _, word := range words[1:] {
			set(t, &e, word)
		}
		e.Key = flow.Key(e)
		if e.Kind == flow.Commented {
			e.Key = flow.CommentKey("github", e.Detail.Inline, int64(i))
		}
		all = append(all, e)
	}
	return all
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func set(t testing.TB, e *flow.Event, word string) {
	t.Helper()
	if a, ok := people[word]; ok {
		e.Actor = a
		return
	}
	name, value, _ := strings.Cut(word, "=")
	n, _ := strconv.Atoi(value)
	switch name {
	case "sha":
		e.SHA = value
	case "base":
		e.Detail.Base = value
	case "from":
		e.Detail.From = value
	case "default":
		e.Detail.Default = value
	case "fork":
		e.Detail.Fork = true
	case "draft":
		e.Detail.Draft = true
	case "forced":
		e.Detail.Forced = true
	case "rebase":
		e.Detail.Rebase = true
	case "merge":
		e.Detail.Merge = true
	case "inline":
		e.Detail.Inline = true
	case "approved", "commented", "changes_requested":
		e.Detail.State = flow.Review(name)
	case "review":
		e.Detail.Review = int64(n)
	case "other":
		e.Detail.Other = n
	case "lines":
		e.Detail.Lines = n
	case "patch":
		e.Detail.PatchID = value
	case "add":
		e.Detail.Additions = n
	case "del":
		e.Detail.Deletions = n
	case "labels":
		e.Detail.Labels = strings.Split(value, ",")
	case "committed":
		at := epoch.Add(time.Duration(n) * time.Minute)
		e.Detail.CommittedAt = &at
	case "reviewer":
		a := people[value]
		e.Detail.Reviewer = &a
	default:
		t.Fatalf("%q is no word of a story", word)
	}
}

// minutes shows a stage, "-" for what is not known.
func minutes(s *int64) string {
	if s == nil {
		return "-"
	}
	if *s%60 != 0 {
		return fmt.Sprintf("%ds", *s)
	}
	return strconv.FormatInt(*s/60, 10)
}

// shown is a fact's stages: coding, pickup, review, merge wait, unreviewed, redraft, closed = cycle.
func shown(s flow.Stages) string {
	return fmt.Sprintf("%s|%s %s %s %s %s %s=%s", minutes(s.Coding), minutes(s.Pickup), minutes(s.Review), minutes(s.MergeWait),
		minutes(s.Unreviewed), minutes(s.Redraft), minutes(s.ClosedTime), minutes(s.Cycle))
}
