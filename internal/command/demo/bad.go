package demo

import "hash/crc32"

// The files of the bad change.
const (
	wishlistFile = "cart/wishlist.go"
	shippingFile = "cart/shipping.go"
)

const wishlist = "package cart\n\n// Wishlist is for later.\ntype Wishlist struct{ Items []string }\n"

// madeUpKey has the form of a token of GitHub, its checksum included, and was never one. It is put together here, so
// that no scanner of this repository takes it for one.
func madeUpKey() string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body := "x7Qm2Vb9Kd4R" + "z8Tn5Wc3Hj6L" + "y1Gs0P"
	sum, n := "", crc32.ChecksumIEEE([]byte(body))
	for range 6 {
		sum = string(digits[n%62]) + sum
		n /= 62
	}
	return "gh" + "p_" + body + sum
}

// shippingBefore is a function that people can still read, and shippingAfter what the change makes of it: more than
// twice as complex.
const shippingBefore = `package cart

// Shipping is the price of sending a cart, in cents.
func Shipping(c Cart, abroad, express bool, grams int) int {
	cents := 0
	for _, item := range c.Items {
		if item == "" {
			continue
		}
		if abroad {
			if grams > 2000 {
				cents += 900
			} else {
				cents += 600
			}
		} else if grams > 2000 {
			cents += 500
		}
	}
	if express {
		cents *= 2
	}
	return cents
}
`

const shippingAfter = `package cart

// Shipping is the price of sending a cart, in cents.
func Shipping(c Cart, abroad, express bool, grams int) int {
	cents := 0
	for _, item := range c.Items {
		if item == "" {
			continue
		}
		if abroad {
			if grams > 2000 {
				if express && len(c.Items) > 3 {
					cents += 1900
				} else if express || item == "glass" {
					cents += 1500
				} else {
					cents += 900
				}
			} else {
				if express && item == "glass" {
					cents += 1200
				} else {
					cents += 600
				}
			}
		} else if grams > 2000 {
			for range c.Items {
				if express {
					cents += 70
				} else {
					cents += 50
				}
			}
		}
	}
	if express && !abroad {
		cents += 100
	}
	return cents
}
`

// badFiles are the change as it is proposed: a token, an action that is not pinned, and a function that grew.
func (p props) badFiles() map[string]string {
	return map[string]string{
		wishlistFile: wishlist + "\nconst token = \"" + p.key + "\"\n",
		p.ci:         p.ciAfter,
		shippingFile: shippingAfter,
	}
}

// repairedFiles are what is left of it.
func (p props) repairedFiles() map[string]string {
	return map[string]string{wishlistFile: wishlist, p.ci: p.ciBefore, shippingFile: shippingBefore}
}
