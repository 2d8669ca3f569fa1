package organisations

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// withDiff adds to the audit record of a version that landed, came into force or was rolled back how its text differs,
// key by key, from the one before. after is the state that is saved with the record.
func withDiff(ctx context.Context, q sqldb.Querier, after organisation.State, e audit.Entry) (audit.Entry, error) {
	var from, to string
	switch e.Act {
	case organisation.Landed, organisation.InForce:
		_, from, _ = strings.Cut(e.Detail["before"], " ")
		to = e.Detail["blob"]
	case organisation.RolledBack:
		from = e.Detail["blob"]
		if after.InForce != nil {
			to = after.InForce.Blob
		}
	default:
		return e, nil
	}
	before, err := tree(ctx, q, after, from)
	if err != nil {
		return e, err
	}
	now, err := tree(ctx, q, after, to)
	if err != nil {
		return e, err
	}
	detail := maps.Clone(e.Detail)
	if detail == nil {
		detail = map[string]string{}
	}
	detail["diff"] = audit.Diff(before, now)
	e.Detail = detail
	return e, nil
}

// tree is the text of a version as JSON. No version, and one whose text is not kept, have no keys.
func tree(ctx context.Context, q sqldb.Querier, st organisation.State, blob string) ([]byte, error) {
	if blob == "" {
		return []byte("{}"), nil
	}
	var body []byte
	err := q.QueryRowContext(ctx, `SELECT body FROM organisation_file WHERE forge = $1 AND owner_id = $2 AND blob = $3`,
		st.Forge, st.OwnerID, blob).Scan(&body)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read version %s of organisation %d: %w", blob, st.OwnerID, err)
	}
	doc, _ := document.Parse(st.Place, body, len(body)+1)
	if doc == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(numbered(doc.Value()))
}

// numbered gives the mappings of a list by their numbers, from 1, so that a difference names the target that differs.
func numbered(node any) any {
	switch node := node.(type) {
	case map[string]any:
		out := make(map[string]any, len(node))
		for key, value := range node {
			out[key] = numbered(value)
		}
		return out
	case []any:
		out := map[string]any{}
		for i, value := range node {
			if _, ok := value.(map[string]any); !ok {
				return node
			}
			out[strconv.Itoa(i+1)] = numbered(value)
		}
		return out
	}
	return node
}
