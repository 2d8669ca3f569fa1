package audit

import "testing"

// TestFormatInCondition shows that a rewrite leaves a text what it is: in a condition it would be an expression, and "true" no text.
func TestFormatInCondition(t *testing.T) {
	for written, rewritten := range map[string]bool{
		"name: ${{ format('main') }}": true, "if: ${{ format('main') }}": false, "name: ${{ format('true') }}": false,
	} {
		body := "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - " + written + "\n        run: a\n"
		found, err := Workflow([]byte(body), Options{})
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, f := range found {
			if f.Audit == Obfuscation {
				if seen = true; (f.Rewrite != nil) != rewritten {
					t.Errorf("%s: %+v", written, f.Rewrite)
				}
			}
		}
		if !seen {
			t.Errorf("%s: nothing is found", written)
		}
	}
}
