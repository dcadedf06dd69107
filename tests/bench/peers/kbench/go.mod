module sluice/kbench

go 1.21
