for k in function() error "iterator" end do end
