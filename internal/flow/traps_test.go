package flow_test

import (
	"os"
	"strings"
	"testing"
)

// TestTrapsAreHeld names what holds each trap that tools for such figures fall into: a test, or cases of a table. A trap
// whose test goes away fails here.
func TestTrapsAreHeld(t *testing.T) {
	const root = "../"
	for trap, held := range map[string][]string{
		"stages partition the cycle, in any order, with duplicates": {"flow/property_test.go", "func TestStagesPartition(",
			"func TestOrderIsNothing("},
		"webhook and back-fill have one key": {"forge/github/webhook_flow_test.go", "func TestWebhookAndPastAreOne("},
		"deployments, releases and incidents, too": {"forge/github/past_production_test.go",
			"func TestPastProductionIsWhatWebhooksTell("},
		"replay equals incremental": {"store/storetest/deployments.go", "in any order of telling"},
		"percentiles: Go, SQLite, PostgreSQL, brute force": {"store/trends/trends_test.go", "func TestPercentiles(",
			"func TestFiguresByBruteForce("},
		"the same on PostgreSQL":                        {"store/trends/postgres_test.go", "TestFiguresByBruteForce"},
		"buckets err by one percent at most":            {"flow/property_test.go", "func TestBuckets("},
		"rates stay within 0 and 1":                     {"flow/dora/dora_test.go", "func TestRatesStayRates("},
		"business hours, and days of 23 and 25 hours":   {"flow/business/business_test.go", "func TestBetween(", "func TestZoneDecides("},
		"a bot was first":                               {"flow/derive_test.go", `"a bot was first"`, `"a bot approved"`},
		"the author's reply arrives as a review":        {"flow/derive_test.go", `"the author replied by a review"`},
		"a pending review":                              {"flow/derive_test.go", `"a pending review counts when it is submitted"`},
		"approved after the merge":                      {"flow/derive_test.go", `"approved after the merge"`},
		"squash, rebase and merge commits":              {"forge/github/past_traps_test.go", "func TestPastOfEachWayToLand("},
		"a forced push that only rebases":               {"flow/derive_test.go", `"rounds: a forced push that is a rebase"`},
		"reopened":                                      {"flow/derive_test.go", `"closed and reopened"`},
		"a revert, and the revert of a revert":          {"flow/derive_test.go", `"reverted"`, `"the revert was reverted"`},
		"a stack lands":                                 {"flow/derive_test.go", `"stack: opened on another, landed on default"`},
		"a merge queue":                                 {"flow/derive_test.go", `"merge queue"`},
		"a pull request of a fork":                      {"flow/derive_test.go", `"a fork's"`},
		"an account that is gone":                       {"flow/derive_test.go", `"a ghost reviewed"`, `"a ghost's own"`},
		"a repository with another name, another owner": {"forge/github/past_traps_test.go", "func TestPastOutlivesNames("},
		"public data with agreed differences":           {"flow/public_test.go", "func Test"},
		"an export has the rows of its page":            {"web/board/board_test.go", "func TestExportsAgree("},
		"pages in a real browser, by axe":               {"web/axe_test.go", "func TestAxe("},
		"pages without a script":                        {"web/enhance_test.go", "func Test"},
		"names of metrics by promlint":                  {"metrics/flow_test.go", "promlint.NewWithMetricFamilies"},
		"every figure is defined, and published":        {"flow/definition/definition_test.go", "func TestEachColumnIsDefined("},
		"boards show what is defined":                   {"flow/definition/boards_test.go", "func TestPublishedBoards("},
		"nobody is ranked":                              {"web/board/board_test.go", "func TestNobodyIsRanked("},
	} {
		text, err := os.ReadFile(root + held[0])
		if err != nil {
			t.Errorf("%s: %v", trap, err)
			continue
		}
		for _, want := range held[1:] {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: %s has no %s", trap, held[0], want)
			}
		}
	}
}
