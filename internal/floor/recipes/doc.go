// Package recipes follows the recipes of ARCHITECTURE.md on a copy of the tree, and shows that each of them works. It
// has no code of its own.
//
// Readers may rely on: testdata/NAME.txtar holds every file and every line that the recipe NAME asks for, and nothing
// else; the recipe's paragraph names exactly these files; the copy with all recipes in it builds, keeps the laws of the
// floor plan, and does what each recipe promises.
package recipes
