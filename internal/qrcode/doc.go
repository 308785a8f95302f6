// Package qrcode draws QR codes for web pages, as SVG in a data: URL, which a strict
// content security policy allows as an image.
package qrcode
