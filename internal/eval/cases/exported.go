package cases

import (
	"encoding/json"
	"fmt"
)

// Origin is the change that a case was made of. Base and Head are commits.
type Origin struct {
	URL  string `json:"url"`
	Base string `json:"base"`
	Head string `json:"head"`
}

// Comment is one comment that was made on a case, at lines or in the summary.
type Comment struct {
	Path, Message, Category, Severity string
	Left                              bool
	Start, End                        int
}

// Reported is a case with what was said of it.
type Reported struct {
	Case     *Case
	Comments []Comment
}

// Shapes are the forms of other evaluators that Export writes: "aacr" is that of AACR-Bench's own files, which "lintel
// eval import" reads; "martian" that of the offline part of Martian's Code Review Bench, one entry for each address.
var Shapes = []string{"aacr", "martian"}

// The keys are those of https://github.com/alibaba/aacr-bench and https://github.com/withmartian/code-review-benchmark.
type (
	aacrPull struct {
		Language string        `json:"project_main_language"`
		Source   string        `json:"source_commit"`
		Target   string        `json:"target_commit"`
		URL      string        `json:"githubPrUrl"`
		Comments []aacrComment `json:"comments"`
	}
	aacrComment struct {
		Note     string `json:"note"`
		Path     string `json:"path"`
		Side     string `json:"side"`
		From     int    `json:"from_line"`
		To       int    `json:"to_line"`
		Category string `json:"category"`
		AI       bool   `json:"is_ai_comment"`
	}
	martianPull struct {
		Title   string          `json:"pr_title"`
		URL     string          `json:"original_url"`
		Golden  []martianGolden `json:"golden_comments"`
		Reviews []martianReview `json:"reviews"`
	}
	martianGolden struct {
		Comment  string `json:"comment"`
		Severity string `json:"severity"`
	}
	martianReview struct {
		Tool     string           `json:"tool"`
		URL      string           `json:"pr_url"`
		Comments []martianComment `json:"review_comments"`
	}
	martianComment struct {
		Path string `json:"path"`
		Line int    `json:"line"`
		Body string `json:"body"`
	}
)

// Export writes what was said of cases in the shape of another evaluator. Cases that were made of no real change are
// left out and counted: no other evaluator knows them.
func Export(shape string, all []Reported) (raw []byte, without int, err error) {
	list, byURL := []aacrPull{}, map[string]martianPull{}
	for _, one := range all {
		from := one.Case.Origin
		if from.URL == "" {
			without++
			continue
		}
		p := aacrPull{Language: one.Case.Language, Source: from.Base, Target: from.Head, URL: from.URL, Comments: []aacrComment{}}
		m := martianPull{Title: one.Case.Title, URL: from.URL, Golden: []martianGolden{}}
		review := martianReview{Tool: "lintel", URL: from.URL, Comments: []martianComment{}}
		for _, w := range one.Case.Expect.Find {
			m.Golden = append(m.Golden, martianGolden{Comment: w.Keywords})
		}
		for _, s := range one.Comments {
			side := "right"
			if s.Left {
				side = "left"
			}
			p.Comments = append(p.Comments, aacrComment{
				Note: s.Message, Path: s.Path, Side: side, From: s.Start, To: s.End, Category: s.Category, AI: true,
			})
			review.Comments = append(review.Comments, martianComment{Path: s.Path, Line: s.End, Body: s.Message})
		}
		m.Reviews = []martianReview{review}
		list, byURL[from.URL] = append(list, p), m
	}
	switch shape {
	case "aacr":
		raw, err = json.MarshalIndent(list, "", " ")
	case "martian":
		raw, err = json.MarshalIndent(byURL, "", " ")
	default:
		return nil, 0, fmt.Errorf("%q is no shape: take one of %v", shape, Shapes)
	}
	return append(raw, '\n'), without, err
}
