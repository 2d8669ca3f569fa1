package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func chain(n int) []Record {
	var all []Record
	var end Link
	for i := range n {
		e := Entry{
			At:     day.Add(time.Duration(i) * time.Minute),
			Act:    TokenCreated,
			Actor:  fmt.Sprintf("olga %d", i),
			Forge:  "github",
			RepoID: 7,
			Detail: map[string]string{"token": fmt.Sprint(i), "name": "jenk\xffins <&\u2028>"},
		}
		r := Seal(e, end)
		all, end = append(all, r), r.Link()
	}
	return all
}

func verify(all []Record, want Link) error {
	var end Link
	for _, r := range all {
		if err := Verify(r, end); err != nil {
			return err
		}
		end = r.Link()
	}
	return VerifyEnd(end, want)
}

func TestAWholeChainVerifiesAlsoWhenItWasWrittenAndRead(t *testing.T) {
	all := chain(20)
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var read []Record
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	if err := verify(read, all[19].Link()); err != nil {
		t.Error(err)
	}
}

// TestEveryDamageIsFound applies one random damage to a chain, a thousand times.
func TestEveryDamageIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	whole := chain(12)
	for range 1000 {
		all := slices.Clone(whole)
		i := rng.IntN(len(all))
		what := ""
		switch rng.IntN(7) {
		case 0:
			all[i].Actor, what = "mallory", "another actor"
		case 1:
			all[i].Detail, what = map[string]string{"token": "x"}, "another detail"
		case 2:
			all[i].At, what = all[i].At.Add(time.Millisecond), "another time"
		case 3:
			all, what = slices.Delete(all, i, i+1), "a lost record"
		case 4:
			j := (i + 1) % len(all)
			all[i], all[j] = all[j], all[i]
			what = "two records swapped"
		case 5:
			j := (i + 1) % len(all)
			all[i].Entry, all[j].Entry = all[j].Entry, all[i].Entry
			what = "two entries swapped"
		case 6:
			all[i].Actor = "mallory"
			all[i] = Seal(all[i].Entry, Link{all[i].Seq - 1, all[i].Prev})
			what = "a record sealed anew"
		}
		err := verify(all, whole[len(whole)-1].Link())
		if _, ok := errors.AsType[*Broken](err); !ok {
			t.Fatalf("%s at %d was not found: %v", what, i, err)
		}
	}
}

func TestWhatIsBrokenIsNamed(t *testing.T) {
	all := chain(5)
	for _, c := range []struct {
		name string
		have []Record
		want string
	}{
		{"first lost", all[1:], "record 2: record 1 before it is missing"},
		{"two lost", []Record{all[0], all[3]}, "record 4: records 2 to 3 before it are missing"},
		{"end lost", all[:3], "record 5: records 4 to 5 at the end are missing"},
		{"twice", []Record{all[0], all[0]}, "record 1: it stands where record 2 belongs"},
	} {
		if err := verify(c.have, all[4].Link()); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	before := `{"size":{"fail_over":1000,"mode":"warn"},"rules":{},"list":[1,2]}`
	after := `{"size":{"fail_over":500,"mode":"warn"},"lint":{"mode":"enforce"},"list":[1]}`
	want := `lint.mode: nothing -> "enforce"; list: [1,2] -> [1]; size.fail_over: 1000 -> 500`
	if got := Diff([]byte(before), []byte(after)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Diff([]byte(before), []byte(before)); got != "" {
		t.Errorf("equal documents differ: %s", got)
	}
}
