package effect

import (
	"encoding/json"
	"strconv"
)

// ID is a forge's name for something that was posted there; empty for nothing. GitHub's are numbers; some of GitLab's
// are texts (a discussion has 40 hexadecimal digits).
type ID string

// NumberID is the id that is a number; 0 is none.
func NumberID(n int64) ID {
	if n == 0 {
		return ""
	}
	return ID(strconv.FormatInt(n, 10))
}

// Number is the id as a number; 0 for none, and for one that is a text.
func (id ID) Number() int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || NumberID(n) != id {
		return 0
	}
	return n
}

// MarshalJSON writes a number as one: so do the effects that were stored before there were texts.
func (id ID) MarshalJSON() ([]byte, error) {
	if n := id.Number(); n != 0 {
		return strconv.AppendInt(nil, n, 10), nil
	}
	return json.Marshal(string(id))
}

// UnmarshalJSON reads a number or a text.
func (id *ID) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(id))
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	*id = NumberID(n)
	return nil
}
