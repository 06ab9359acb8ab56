package toolbox

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// partLength is how much of a text is shown at once, in bytes: about 1,500
// tokens of English prose.
const partLength = 6000

// cut returns the part of a text that begins at an offset, and says how to read
// on. A part ends at the end of a line if there is one in its second half, and
// never within a character.
func cut(text string, offset int) (string, error) {
	if offset < 0 || offset > 0 && offset >= len(text) {
		return "", fmt.Errorf("offset %d lies outside of the text, which is %d long", offset, len(text))
	}
	for offset > 0 && !utf8.RuneStart(text[offset]) {
		offset--
	}
	rest := text[offset:]
	if len(rest) <= partLength {
		return rest, nil
	}
	end := partLength
	for !utf8.RuneStart(rest[end]) {
		end--
	}
	if line := strings.LastIndexByte(rest[:end], '\n'); line >= partLength/2 {
		end = line + 1
	}
	return fmt.Sprintf("%s\n[%d of %d shown. The text goes on at offset %d.]", rest[:end], end, len(text), offset+end), nil
}

// people writes addresses as the interface prompt does.
func people(addresses ...mail.Address) string {
	var out []string
	for _, a := range addresses {
		if a.Name == "" {
			out = append(out, a.Address)
			continue
		}
		out = append(out, fmt.Sprintf("%s <%s>", a.Name, a.Address))
	}
	return strings.Join(out, ", ")
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
