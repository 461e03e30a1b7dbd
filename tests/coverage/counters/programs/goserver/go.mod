module goserver

go 1.20
