#pragma once

void ph_heap_bound(int heaps);
void ph_heap_trim(void);
