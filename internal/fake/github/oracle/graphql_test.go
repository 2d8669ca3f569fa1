package oracle_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/fake/github/oracle"
)

func TestQuery(t *testing.T) {
	for text, want := range map[string]string{
		`query($o:String!,$n:String!) { repository(owner:$o,name:$n) { pullRequest(number:1) { headRefOid ` +
			`reviews(last:100) { nodes { state author { login } } } } } }`: "",
		`mutation($id:ID!) { minimizeComment(input:{subjectId:$id,classifier:OUTDATED}) { minimizedComment { isMinimized } } }`: "",
		`mutation($id:ID!) { minimizeComment(input:{subjectID:$id,classifier:OUTDATED}) ` +
			`{ minimizedComment { isMinimized } } }`: `Field "subjectID" is not defined by type "MinimizeCommentInput"`,

		`{ repository(owner:"o",name:"r") { pullRequest(number:1) { headRefOID } } }`: `Cannot query field "headRefOID"`,
		`{ repository(owner:"o",name:"r") { pullRequest(number:"1") { id } } }`: `Int cannot represent ` +
			`non-integer value`,
	} {
		got := strings.Join(oracle.Query(t, text), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s:\ngot %q, want %q", text, got, want)
		}
	}
}
