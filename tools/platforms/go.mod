module github.com/lintel-review/lintel/tools/platforms

go 1.26
